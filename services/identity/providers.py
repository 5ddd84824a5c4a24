"""微信 as its open platform documents it (网页授权, 网站应用): the page people agree on, and whose code it is.

WeChat answers with status 200 and text/plain also when it refuses: `{"errcode": 40029, "errmsg": "…"}`.
"""

from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import requests
import structlog

from services.identity.domain.wechat import WechatAway, WechatNotOffered, WechatSignInFailed

TIMEOUT = (3, 5)  # seconds to connect and to wait for an answer
CODE_WRONG = (40029, 40163, 42003)  # 无效, 已使用, 已过期

log = structlog.get_logger()


class Wechat:
    """One app of WeChat's (公众号 or 网站应用), whose people come back to one page of ours."""

    def __init__(self, app_id, secret, page, api, back):
        self.app_id, self.secret, self.page, self.back = app_id, secret, page, back
        self.url = f"{api.rstrip('/')}/sns/oauth2/access_token"
        self.scope = "snsapi_login" if page.endswith("/qrconnect") else "snsapi_base"
        self.session = requests.Session()
        self.session.trust_env = False

    def page_for(self, state):
        """Where to send the browser; the parameters are in the order WeChat demands."""
        asked = {"appid": self.app_id, "redirect_uri": self.back, "response_type": "code", "scope": self.scope}
        return f"{self.page}?{urlencode(asked | {'state': state})}#wechat_redirect"

    def openid(self, code):
        """Whose a code is. Raises WechatSignInFailed, or WechatAway when WeChat does not say."""
        said = self._asked(code)
        if said.get("errcode") in CODE_WRONG:
            raise WechatSignInFailed()
        openid = said.get("openid")
        if not openid or not isinstance(openid, str):
            log.error("wechat_refused", errcode=str(said.get("errcode"))[:8])
            raise WechatAway()
        return openid

    def _asked(self, code):
        """What WeChat says, a dict. The address holds secrets, so no error of it is kept."""
        query = {"appid": self.app_id, "secret": self.secret, "code": code, "grant_type": "authorization_code"}
        try:
            answer = self.session.get(self.url, params=query, timeout=TIMEOUT, allow_redirects=False)
            said = answer.json()
        except requests.RequestException as error:
            log.warning("wechat_away", error=type(error).__name__)
            raise WechatAway() from None
        return said if isinstance(said, dict) else {}


@cache
def wechat(SECRETS_DIR, WECHAT_APP_ID, WECHAT_PAGE, WECHAT_API, WECHAT_RETURN):
    """The app that the settings name, with its secret `wechat.secret`. Raises WechatNotOffered without one."""
    if not WECHAT_APP_ID:
        raise WechatNotOffered()
    secret = Path(SECRETS_DIR, "wechat.secret").read_text("utf-8").strip()
    return Wechat(WECHAT_APP_ID, secret, WECHAT_PAGE, WECHAT_API, WECHAT_RETURN)
