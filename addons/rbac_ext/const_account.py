"""Closed tables of accounts: limits, results of sign-ins, routes. Limits are system parameters."""

# === SIGN-INS === #

SIGN_IN_RESULTS = [
    ('success', 'Signed In'),
    ('first', 'Password Accepted, Second Factor Asked'),
    ('failure', 'Failed'),
    ('lock', 'Locked'),
    ('refused', 'Refused: Locked'),
    ('unlock', 'Unlocked'),
]

# Kinds of credentials that can be guessed, so that failures are counted and lock the login.
# Passkeys and API keys cannot, and keep working: an attacker must not be able to shut people out.
GUESSABLE = frozenset({'password', 'totp', 'totp_mail'})

LOCK_AFTER = 5
LOCK_WINDOW_MINUTES = 15
LOCK_MINUTES = 30

# Cybersecurity Law of the PRC, article 21: network logs are kept for six months at least.
RETENTION_DAYS = 365
RETENTION_FLOOR_DAYS = 183
VACUUM_BATCH = 5000

# === ACCOUNTS === #

ACCOUNT_STATES = [('active', 'Active'), ('locked', 'Locked'), ('disabled', 'Disabled')]

SEXES = [('female', 'Female'), ('male', 'Male'), ('other', 'Other')]

# Why a password has to be replaced before anything else.
PASSWORD_CHANGES = [
    ('default', 'Default Password'),
    ('given', 'Given by an Administrator'),
    ('asked', 'Asked by an Administrator'),
]

# What an administrator needs to repair everything else; at least one account has all of it.
ADMINISTRATOR_GROUPS = (
    'base.group_system',
    'rbac_ext.perm_rbac_user_manage_res_groups',
    'rbac_ext.perm_rbac_role_grant_res_groups',
)

# === PASSWORDS === #

# Passwords that Odoo or we ever shipped: whoever signs in with one has to replace it.
DEFAULT_PASSWORDS = frozenset({'admin', 'demo', 'portal', 'odoo'})

# The head of the published lists of leaked passwords, as far as the other rules let them pass.
COMMON_WORDS = frozenset(
    {'password', 'passw0rd', 'p@ssw0rd', 'qwerty', 'abc123', '123456', 'woaini'}
)

# From this length on a phrase of small letters is good enough.
PHRASE_LENGTH = 16

# === ROUTES === #

STEP_ROUTES = {
    'password': '/rbac/first/password',
    'second_factor': '/rbac/first/second-factor',
}

# All that is open to whoever has to set a password or a second factor first.
OPEN_ROUTES = (
    '/rbac/first/',
    '/web/assets/',
    '/web/static/',
    '/web/login/',
    '/web/session/logout/',
    '/web/session/destroy/',
    '/web/binary/company_logo/',
    '/web/webclient/translations/',
    '/website/translations/',
    '/auth-timeout/',
)
