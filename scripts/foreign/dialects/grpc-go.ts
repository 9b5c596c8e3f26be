import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.ts';
import { goProgram, pythonPackages } from '../tools.ts';
import { callsIn, type ForeignClient } from './client.ts';

const version = 'v1.85.0';
/** What generates its stubs; the description of the service is the one that KServe's package carries. */
const generators = [
  ['google.golang.org/protobuf/cmd/protoc-gen-go', 'v1.36.11'],
  ['google.golang.org/grpc/cmd/protoc-gen-go-grpc', 'v1.6.1'],
] as const;
const module = 'example.test/client';

const describe = `
import sys
from google.protobuf import descriptor_pb2
from kserve.protocol.grpc import grpc_predict_v2_pb2
described = descriptor_pb2.FileDescriptorSet()
grpc_predict_v2_pb2.DESCRIPTOR.CopyToProto(described.file.add())
described.file[0].name = "inference.proto"
open(sys.argv[1], "wb").write(described.SerializeToString())
`;

/** A client in Go, whose stubs are generated as every user of Go generates them. */
export const grpcGo: ForeignClient = {
  name: 'grpc-go, stubs of KServe’s description',
  async build(folder) {
    await run('go', ['version']);
    const python = join(await pythonPackages('kserve==0.21.0'), 'bin', 'python');
    const description = join(folder, 'inference.pb');
    await run(python, ['-c', describe, description]);
    const plugins = await Promise.all(
      generators.map(async ([source, release]) => {
        const program = await goProgram(source, release);
        return `--plugin=${program}`;
      }),
    );
    const out = ['go', 'go-grpc'].flatMap((name) => [
      `--${name}_out=${folder}`,
      `--${name}_opt=module=${module},Minference.proto=${module}/inference`,
    ]);
    const protoc = ['-m', 'grpc_tools.protoc', `--descriptor_set_in=${description}`];
    await run(python, [...protoc, ...plugins, ...out, 'inference.proto']);
    await writeFile(join(folder, 'main.go'), program);
    await run('go', ['mod', 'init', module], { cwd: folder });
    await run('go', ['get', `google.golang.org/grpc@${version}`], { cwd: folder });
    await run('go', ['mod', 'tidy'], { cwd: folder });
    await run('go', ['build', '-o', 'ask', '.'], { cwd: folder });
    return {
      version: `grpc-go ${version}`,
      ask: async ({ grpc, samples }) =>
        callsIn(await run(join(folder, 'ask'), [grpc, samples], { timeoutMs: 60_000 })),
    };
  },
};

const program = `package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"${module}/inference"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func tell(call string, expected, answered any) {
	line, err := json.Marshal(map[string]string{
		"call": call, "expected": fmt.Sprint(expected), "answered": fmt.Sprint(answered)})
	check(err)
	fmt.Println(string(line))
}

func best(scores []float32) int {
	at := 0
	for index, score := range scores {
		if score > scores[at] {
			at = index
		}
	}
	return at
}

func main() {
	address, samples := os.Args[1], os.Args[2]
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(err)
	defer connection.Close()
	client := inference.NewGRPCInferenceServiceClient(connection)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()

	text, err := os.ReadFile(samples + "/7.json")
	check(err)
	tensor := []float32{}
	check(json.Unmarshal(text, &tensor))
	file, err := os.ReadFile(samples + "/4.png")
	check(err)

	health, err := grpc_health_v1.NewHealthClient(connection).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	check(err)
	tell("health", "SERVING", health.Status)
	ready, err := client.ServerReady(ctx, &inference.ServerReadyRequest{})
	check(err)
	tell("ready", true, ready.Ready)
	model, err := client.ModelMetadata(ctx, &inference.ModelMetadataRequest{Name: "digits"})
	check(err)
	tell("metadata", "image FP32 [-1 1 28 28]", fmt.Sprintf("%s %s %v", model.Inputs[0].Name, model.Inputs[0].Datatype, model.Inputs[0].Shape))

	numbers := &inference.ModelInferRequest{ModelName: "digits", Id: "a", Inputs: []*inference.ModelInferRequest_InferInputTensor{{
		Name: "image", Datatype: "FP32", Shape: []int64{1, 1, 28, 28},
		Contents: &inference.InferTensorContents{Fp32Contents: tensor}}}}
	trailer := metadata.MD{}
	answer, err := client.ModelInfer(ctx, numbers, grpc.Trailer(&trailer))
	check(err)
	tell("typed contents", "7 a 1", fmt.Sprintf("%d %s %d", best(answer.Outputs[0].Contents.Fp32Contents), answer.Id, len(trailer.Get("glimpse-prediction-id"))))
	image := &inference.ModelInferRequest{ModelName: "digits", Inputs: []*inference.ModelInferRequest_InferInputTensor{{
		Name: "image", Datatype: "BYTES", Shape: []int64{1},
		Contents: &inference.InferTensorContents{BytesContents: [][]byte{file}}}},
		Outputs: []*inference.ModelInferRequest_InferRequestedOutputTensor{{Name: "label"}}}
	answer, err = client.ModelInfer(ctx, image)
	check(err)
	tell("a file", "4", string(answer.Outputs[0].Contents.BytesContents[0]))

	numbers.ModelName = "none"
	_, err = client.ModelInfer(ctx, numbers)
	tell("no such model", codes.NotFound, status.Code(err))
	numbers.ModelName = "digits"
	numbers.Inputs[0].Shape = []int64{2, 1, 28, 28}
	_, err = client.ModelInfer(ctx, numbers)
	tell("a shape that lies", codes.InvalidArgument, status.Code(err))
	late, stop := context.WithTimeout(ctx, time.Nanosecond)
	defer stop()
	_, err = client.ServerLive(late, &inference.ServerLiveRequest{})
	tell("a deadline", codes.DeadlineExceeded, status.Code(err))
}
`;
