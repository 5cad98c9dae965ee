# The suite on the official image of Odoo; the stage `sandbox` is the simulator of WeChat,
# WeChat Pay and the suppliers, for trying things out.

FROM python:3.12-slim AS sandbox
WORKDIR /srv
COPY requirements*.txt ./
# The pins are those of development; only what the simulator imports is installed.
RUN pip install --no-cache-dir -c requirements-dev.txt starlette uvicorn httpx cryptography
COPY sandbox sandbox
USER nobody
EXPOSE 8070
CMD ["python", "-m", "sandbox", "--host", "0.0.0.0", "--port", "8070", "--shop-url", "http://proxy", "--local-host", "proxy", "--public-url", "http://127.0.0.1:8070"]

FROM odoo:19.0 AS odoo
USER root
COPY requirements-addons.txt /tmp/requirements-addons.txt
# The image's own packages come from its distribution, which pip cannot replace in place:
# ours are put beside them and found first.
RUN pip3 install --no-cache-dir --break-system-packages --ignore-installed \
        -r /tmp/requirements-addons.txt \
    && rm /tmp/requirements-addons.txt
COPY requirements-oca.txt /tmp/requirements-oca.txt
RUN pip3 install --no-cache-dir --no-deps --target /mnt/oca -r /tmp/requirements-oca.txt \
    && rm /tmp/requirements-oca.txt
COPY config/odoo.conf /etc/odoo/odoo.conf
COPY addons /mnt/extra-addons
USER odoo
