"""Chinese suppliers of phone bills: two dialects, yrapi and Juhe, of one way of working."""
