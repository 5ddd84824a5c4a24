"""微信: binding an account to oneself, and signing in by it."""

from chassis.service import ANYONE, Group, Setting, Uses, Vault, every, http
from services.identity.domain.reach import WechatTaken
from services.identity.domain.wechat import WechatAttempt, WechatSignInFailed, require_own, state_of
from services.identity.providers import wechat
from services.identity.schemas import wechat as schemas
from services.identity.service.disclosure import Disclosure
from services.identity.service.sessions import SessionLifecycle
from services.identity.store.people import People
from services.identity.store.sign_in import Sessions
from services.identity.store.wechat import WechatAttempts

ANYBODY = {"roles": ANYONE, "rate": "60/min", "kept": False}


class WechatBinding(Group):
    """Binding and unbinding a WeChat account."""

    people = People()
    sessions = Sessions()
    wechat_attempts = WechatAttempts()
    vault = Vault()
    disclosure = Uses(Disclosure)
    lifecycle = Uses(SessionLifecycle)

    @http("GET", "/v1/me/wechat", returns=schemas.OwnWechat)
    def show_wechat(self, call):
        """Which WeChat account is bound, masked."""
        return {"wechat": self.disclosure.masked_wechat(self.people.get(call.person.id))}

    @http("POST", "/v1/me/wechat", body=schemas.WechatBinding, status=204, fresh=True)
    def bind_wechat(self, call):
        """Bind the WeChat account of a ticket to oneself."""
        owner = self.owner_of(call.body["ticket"])
        self.bind(call.body["ticket"], owner, call.person.id, call.at)

    @http("DELETE", "/v1/me/wechat", status=204)
    def unbind_wechat(self, call):
        """Unbind one's WeChat account; what was signed in by it is signed out."""
        running = self.sessions.running(call.person.id, call.at)
        with self.people.edit(call.person.id) as person:
            person.unbind_wechat(call.at)
        self.lifecycle.end(call.person.id, [session for session in running if session.by_wechat])

    # due

    @every(seconds=30, each=lambda self: self.wechat_attempts.over(self.now()))
    def forget_wechat(self, id):
        """Wipe whose WeChat it was of an attempt that is used or over, and the key it was sealed with."""
        with self.wechat_attempts.edit(id) as attempt:
            attempt.wipe()
        self.vault.destroy(id)

    # for other groups

    def owner_of(self, ticket):
        """Id of whom the WeChat account of a ticket is bound to, or None. Raises WechatSignInFailed."""
        account = self.wechat_attempts.get(state_of(ticket)).account
        owner = account and self.people.with_wechat(account)
        return owner and owner.id

    def bind(self, ticket, owner, person, at):
        """Raises WechatTaken when `owner` (an id) is somebody else, WechatSignInFailed, AnotherWechat."""
        if owner not in (None, person):
            raise WechatTaken()
        with self.wechat_attempts.edit(state_of(ticket)) as attempt, self.people.edit(person) as person:
            openid = self.vault.repeat(attempt.use(at))
            person.bind_wechat(self.vault.seal(person.id, openid), attempt.account, at)


class WechatSignIn(Group):
    """To WeChat's page and back."""

    people = People()
    wechat_attempts = WechatAttempts()
    vault = Vault()
    lifecycle = Uses(SessionLifecycle)
    settings = {
        "SECRETS_DIR": str,
        "WECHAT_APP_ID": Setting(default=""),
        "WECHAT_PAGE": Setting(default="https://open.weixin.qq.com/connect/oauth2/authorize"),
        "WECHAT_API": Setting(default="https://api.weixin.qq.com"),
        "WECHAT_RETURN": Setting(default=""),
    }

    @http("POST", "/v1/wechat/attempts", returns=schemas.WechatPage, status=201, **ANYBODY)
    def begin_wechat(self, call):
        """Where to send the browser to sign in by WeChat, and a ticket that it gives to nobody but us."""
        attempt, ticket = WechatAttempt.begin(call.at)
        url = self._wechat.page_for(attempt.id)
        self.wechat_attempts.add(attempt)
        return {"url": url, "ticket": ticket, "expires_at": attempt.expires_at}

    @http("POST", "/v1/sessions/wechat", body=schemas.WechatReturn, returns=schemas.WechatTokens, status=201, **ANYBODY)
    def sign_in_by_wechat(self, call):
        """Sign in with what WeChat sent the browser back with; or hear that it is not bound to anybody yet."""
        attempt = self._come_back(call)
        person = self.people.with_wechat(attempt.account)
        if person is None:
            return {"bound": False}
        with self.wechat_attempts.edit(attempt.id) as attempt:
            attempt.use(call.at)
        return {"bound": True} | self.lifecycle.start(call, person.id, by_wechat=True)

    # parts of the above

    @property
    def _wechat(self):
        return wechat(**self.settings)

    def _come_back(self, call):
        """The attempt with who came back; WeChat is asked once. Raises WechatSignInFailed, WechatAway."""
        state, code = call.body["state"], self.vault.digest(f"wechat code:{call.body['code']}")
        require_own(call.body["ticket"], state)
        if self.wechat_attempts.take(state, code, call.at):
            openid = self._wechat.openid(call.body["code"])
            account = self.vault.digest(f"wechat:{self._wechat.app_id}:{openid}")
            self.wechat_attempts.keep(state, account, self.vault.seal(state, openid))
        attempt = self.wechat_attempts.get(state)
        if attempt.code != code or attempt.account is None:
            raise WechatSignInFailed()
        return attempt
