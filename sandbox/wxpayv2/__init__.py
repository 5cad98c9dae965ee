"""WeChat Pay v2: XML, signed with the API key. Source: spec/wechat_pay_v2.md."""
