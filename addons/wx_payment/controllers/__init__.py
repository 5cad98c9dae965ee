from . import dispatcher, wx_payment
