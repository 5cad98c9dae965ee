"""The Alipay open gateway, played from spec/alipay.md alone."""
