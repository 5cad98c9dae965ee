from . import wx_bench_row, wx_bench_stage, wx_bench_xendit
