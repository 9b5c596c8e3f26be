import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.ts';
import { openApiGenerator } from '../tools.ts';
import { classesOf, type GeneratedClient } from './client.ts';

const module = 'example.test/clients';

/** openapi-generator's go: a service for every tag, requests that are built up. */
export const generatorGo: GeneratedClient = {
  name: 'openapi-generator go',
  async build(folder, documents) {
    await run('go', ['version']);
    const jar = await openApiGenerator();
    for (const part of ['json', 'form', 'bytes'] as const) {
      const name = `${part}client`;
      const args = ['-i', documents[part], '-g', 'go', '-o', join(folder, name)];
      const options = `packageName=${name},withGoMod=false`;
      const quiet = ['--global-property', 'apiTests=false,modelTests=false'];
      const all = [...args, '--additional-properties', options, ...quiet];
      await run('java', ['-jar', jar, 'generate', ...all]);
    }
    await writeFile(join(folder, 'main.go'), program);
    await run('go', ['mod', 'init', module], { cwd: folder });
    await run('go', ['get', 'gopkg.in/validator.v2@v2.0.1'], { cwd: folder });
    await run('go', ['mod', 'tidy'], { cwd: folder });
    await run('go', ['build', '-o', 'ask', '.'], { cwd: folder });
    return async (url, kind, files) =>
      classesOf(await run(join(folder, 'ask'), [url, kind, ...files]));
  },
};

const program = `package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"${module}/bytesclient"
	"${module}/formclient"
	"${module}/jsonclient"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func open(name string) *os.File {
	file, err := os.Open(name)
	check(err)
	return file
}

func main() {
	url, kind, files := os.Args[1], os.Args[2], os.Args[3:]
	ctx := context.Background()
	var answer any
	var err error
	switch kind {
	case "base64", "pixels", "nested":
		instances := []jsonclient.Instance{}
		for _, name := range files {
			content, err := os.ReadFile(name)
			check(err)
			instance := jsonclient.Instance{}
			if kind == "base64" {
				image := jsonclient.NewEncodedImage(base64.StdEncoding.EncodeToString(content))
				instance = jsonclient.EncodedImageAsInstance(image)
			} else {
				check(json.Unmarshal(content, &instance))
			}
			instances = append(instances, instance)
		}
		config := jsonclient.NewConfiguration()
		config.Servers[0].URL = url
		request := jsonclient.NewAPIClient(config).PredictAPI.Predict(ctx)
		answer, _, err = request.Instances(*jsonclient.NewInstances(instances)).Execute()
	case "bytes":
		config := bytesclient.NewConfiguration()
		config.Servers[0].URL = url
		request := bytesclient.NewAPIClient(config).PredictAPI.Predict(ctx)
		answer, _, err = request.Body(open(files[0])).Execute()
	default:
		images := []*os.File{}
		for _, name := range files {
			images = append(images, open(name))
		}
		config := formclient.NewConfiguration()
		config.Servers[0].URL = url
		request := formclient.NewAPIClient(config).PredictAPI.Predict(ctx)
		answer, _, err = request.Image(images).Execute()
	}
	check(err)
	text, err := json.Marshal(answer)
	check(err)
	var read jsonclient.PredictAnswer
	check(json.Unmarshal(text, &read))
	for _, one := range read.Predictions {
		fmt.Println(one.Prediction.Label)
	}
}
`;
