# A host with NVIDIA GPUs: sightline with transformers, vLLM and Ray, for `docker run --gpus all`. PyTorch's wheels bring the
# CUDA libraries; the host needs its driver and the NVIDIA container toolkit only.
#
#   docker build -t sightline .
#   docker run --gpus all --shm-size 8g -v $PWD:/work -v ~/.cache/huggingface:/root/.cache/huggingface sightline \
#     measure pope --model llava-hf/llava-1.5-7b-hf --images val2014 --choices Yes,No
#
# --build-arg ENGINES= leaves vLLM and Ray out and installs the tested versions of everything else; vLLM pins a PyTorch of
# its own, which need not be the one that is tested with transformers.
FROM python:3.12-slim

ARG ENGINES=vllm,ray

# gcc: kernels that PyTorch and vLLM compile at the first use
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/sightline
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
RUN if [ -n "$ENGINES" ]; then pip install --no-cache-dir ".[$ENGINES]"; \
    else pip install --no-cache-dir -c constraints.txt .; fi

# where reply cache and public files are kept: mount it, and no reply is asked twice
ENV SIGHTLINE_CACHE=/cache
VOLUME /cache
WORKDIR /work
ENTRYPOINT ["sightline"]
CMD ["demo"]
