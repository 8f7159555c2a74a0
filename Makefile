# SPDX-License-Identifier: Apache-2.0
# A thin front: each target installs what is missing and calls CMake or a script.
.PHONY: help build demo test check bench bench-peers clean

help:
	@echo "make build   build/release/hone and the library"
	@echo "make demo    classify real pictures; accuracy, latency and memory plan of the own model"
	@echo "make test    build and run the tests, plain and under sanitizers"
	@echo "make check   layers, style, shell scripts"
	@echo "make bench   latency of the models in models/"
	@echo "make bench-peers   hone beside LiteRT, ONNX Runtime, OpenVINO and MNN (ARGS=\"quick --rounds 3\")"
	@echo "make clean   remove build and out"

build:
	@scripts/setup.sh build
	@cmake --preset release -DHONE_TESTS=OFF >/dev/null
	@cmake --build build/release

demo:
	@scripts/setup.sh demo
	@$(MAKE) --no-print-directory build
	@scripts/demo.sh

test:
	@scripts/setup.sh test
	@scripts/test.sh

check:
	@scripts/setup.sh test
	@scripts/check_layers.sh
	@scripts/check_style.sh

bench: build
	@for model in models/*.tflite models/*.onnx; do build/release/hone bench "$$model" || exit 1; echo; done

bench-peers:
	@scripts/setup.sh build
	@bench/peers.sh $(ARGS)

clean:
	@rm -rf build out
