-- a copy of a production database must move no money: no keys, and nothing left to do
UPDATE wx_payment_channel SET private_key = NULL, apiv3_key = NULL, apiv2_key = NULL, endpoint = 'simulator';
UPDATE wx_payment_order SET next_try_at = NULL WHERE next_try_at IS NOT NULL;
UPDATE wx_payment_attempt SET next_try_at = NULL WHERE next_try_at IS NOT NULL;
UPDATE wx_payment_refund SET next_try_at = NULL WHERE next_try_at IS NOT NULL;
UPDATE wx_payment_refund SET card_number = NULL, card_owner = NULL WHERE card_number IS NOT NULL;
UPDATE wx_payment_notification SET next_try_at = NULL WHERE next_try_at IS NOT NULL;
UPDATE wx_payment_bill SET next_try_at = NULL WHERE next_try_at IS NOT NULL;
