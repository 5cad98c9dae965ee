"""DT One's Digital Value Services, version 1."""
