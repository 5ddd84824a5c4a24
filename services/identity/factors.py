"""Checks what somebody signs in with: passwords (argon2id) and the codes of authenticator apps (RFC 6238)."""

import hmac
import secrets

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from chassis.service import run_in_thread

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP password storage, argon2id
NOBODYS = HASHER.hash(secrets.token_urlsafe())
LONG_ENOUGH = 72  # zxcvbn takes no more, and what is that long is judged by its beginning
SAFE_SCORE = 3  # of 4: more than 10^8 guesses
RECOVERY_CODES = 10


def hashed(password):
    """The argon2id hash to keep."""
    return run_in_thread(HASHER.hash, password)


def is_password(hash, password):
    """Whether it is the password of this hash; as slow when there is none (None)."""
    return run_in_thread(_verified, hash or NOBODYS, password) and hash is not None


def is_weak(password):
    """Whether it is among leaked and common passwords (zxcvbn's lists, which it carries), or guessed like one."""
    from zxcvbn import zxcvbn  # 12 MB that a process needs when the first password is set

    return run_in_thread(zxcvbn, password[:LONG_ENOUGH])["score"] < SAFE_SCORE


def new_secret():
    """A secret for an authenticator app, in base32."""
    return pyotp.random_base32()


def uri(secret):
    """What an authenticator app scans. It names no person."""
    return pyotp.TOTP(secret).provisioning_uri(name="工作人员", issuer_name="乡音")


def step_of(secret, code, at):
    """The step of 30 seconds for which a code is right, at a moment or one step off; None when it is wrong."""
    totp = pyotp.TOTP(secret)
    now = totp.timecode(at)
    return next((step for step in (now, now - 1, now + 1) if hmac.compare_digest(totp.generate_otp(step), code)), None)


def new_recovery_codes():
    """Codes for the day when the authenticator app is lost."""
    return [f"{secrets.randbelow(10**10):010d}" for _ in range(RECOVERY_CODES)]


def _verified(hash, password):
    try:
        return HASHER.verify(hash, password)
    except VerificationError:
        return False
