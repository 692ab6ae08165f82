# The Python workers that run beside every TaskManager. Build it from the root of the repository:
#   docker build -f deploy/docker/worker.Dockerfile -t iamdrift-worker:0.1.0 .
FROM python:3.11-slim
COPY requirements.lock setup.py pyproject.toml README.md LICENSE /src/
COPY pipeline /src/pipeline
COPY rules /src/rules
COPY schemas /src/schemas
RUN pip install --no-cache-dir --constraint /src/requirements.lock /src && useradd --uid 9999 iamdrift
USER iamdrift
EXPOSE 50000
ENTRYPOINT ["iamdrift"]
CMD ["flink", "pool", "--port", "50000"]
