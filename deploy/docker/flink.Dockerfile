# Flink with the job's jar, for application mode. Build it from the root of the repository, after
#   make flink-jars
#   .venv/bin/iamdrift flink jar --output dist/iamdrift.jar \
#     --set flink.job_server_jar=build/beam-runners-flink-1.19-job-server-2.70.0.jar
#   docker build -f deploy/docker/flink.Dockerfile -t iamdrift-flink:0.1.0 .
FROM flink:1.19.3-java17
COPY dist/iamdrift.jar /opt/flink/usrlib/iamdrift.jar
