FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/warroom \
 && /opt/warroom/bin/pip install --no-cache-dir -c requirements.txt ".[postgres,pictures]"

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home warroom && mkdir /data && chown warroom /data
COPY --from=build /opt/warroom /opt/warroom
ENV PATH=/opt/warroom/bin:$PATH WARROOM_HOST=0.0.0.0 WARROOM_DATABASE_URL=sqlite:////data/warroom.db
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=3s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["warroom"]
CMD ["serve"]
