-- a copy of a production database must not order anything at suppliers
UPDATE wx_recharge_supplier
   SET client_id = NULL, client_secret = NULL, webhook_secret = NULL, endpoint = 'simulator';
DELETE FROM wx_recharge_supplier_token;
UPDATE wx_recharge_attempt SET next_try_at = NULL, lease_until = NULL;
UPDATE wx_recharge_shipping SET next_try_at = NULL, lease_until = NULL;
UPDATE wx_recharge_callback SET next_try_at = NULL, lease_until = NULL;
UPDATE wx_recharge_order SET voucher = NULL WHERE voucher IS NOT NULL;
UPDATE wx_recharge_attempt SET voucher = NULL WHERE voucher IS NOT NULL;
