"""WeChat's mini-program server API (spec/wechat_miniprogram.md)."""
