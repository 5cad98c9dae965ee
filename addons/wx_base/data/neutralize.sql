-- a copy of a production database must not reach WeChat with real credentials
UPDATE wx_app SET secret = NULL, endpoint = 'simulator';
DELETE FROM wx_access_token;
UPDATE wx_user SET session_key = NULL, token_version = token_version + 1;
UPDATE wx_message SET next_try_at = NULL WHERE state = 'pending';
