"""WeChat Pay API v3, direct merchant (spec/wechat_pay_v3.md)."""
