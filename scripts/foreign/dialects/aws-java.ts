import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.ts';
import { mavenJars } from '../tools.ts';
import { callsIn, type ForeignClient } from './client.ts';

const version = '2.51.4';

/** The runtime of SageMaker by AWS's SDK for Java, with the HTTP client that it brings along. */
export const awsJava: ForeignClient = {
  name: 'AWS SDK for Java, sagemakerruntime',
  async build(folder) {
    await run('java', ['-version']);
    const jars = await mavenJars(`software.amazon.awssdk:sagemakerruntime:${version}`);
    const file = join(folder, 'Ask.java');
    await writeFile(file, program);
    return {
      version: `software.amazon.awssdk:sagemakerruntime:${version}`,
      ask: async ({ url, samples }) =>
        callsIn(await run('java', ['-cp', join(jars, '*'), file, url, samples])),
    };
  },
};

const program = `
import java.net.URI;
import java.nio.file.*;
import java.util.*;
import java.util.stream.*;
import software.amazon.awssdk.auth.credentials.*;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sagemakerruntime.SageMakerRuntimeClient;
import software.amazon.awssdk.services.sagemakerruntime.model.*;

public class Ask {
  static SageMakerRuntimeClient client;

  static void tell(String call, Object expected, Object answered) {
    System.out.printf("{\\"call\\":\\"%s\\",\\"expected\\":\\"%s\\",\\"answered\\":\\"%s\\"}%n", call, expected, answered);
  }

  static InvokeEndpointResponse invoke(String type, SdkBytes body, String accept) {
    return client.invokeEndpoint(request -> request.endpointName("digits").contentType(type).accept(accept).body(body)
        .customAttributes("c=1"));
  }

  /** The likeliest classes of an answer in CSV. */
  static String best(InvokeEndpointResponse answer) {
    return answer.body().asUtf8String().strip().lines().map(line -> {
      List<Double> row = Arrays.stream(line.split(",")).map(Double::valueOf).collect(Collectors.toList());
      return String.valueOf(row.indexOf(Collections.max(row)));
    }).collect(Collectors.joining(","));
  }

  public static void main(String[] args) throws Exception {
    client = SageMakerRuntimeClient.builder().endpointOverride(URI.create(args[0])).region(Region.EU_CENTRAL_1)
        .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("x", "y"))).build();
    SdkBytes file = SdkBytes.fromByteArray(Files.readAllBytes(Path.of(args[1], "7.png")));
    String tensor = Files.readString(Path.of(args[1], "4.json"));
    String row = tensor.substring(1, tensor.length() - 1);
    InvokeEndpointResponse image = invoke("image/png", file, "text/csv");
    tell("image/png", "7", best(image));
    tell("custom attributes", "c=1", image.customAttributes());
    tell("JSON", "4", best(invoke("application/json", SdkBytes.fromUtf8String("{\\"instances\\": [" + tensor + "]}"), "text/csv")));
    tell("CSV", "4,4", best(invoke("text/csv", SdkBytes.fromUtf8String(row + "\\n" + row), "text/csv")));
    tell("JSON for CSV", "{\\\\\\"predictions\\\\\\":", invoke("text/csv", SdkBytes.fromUtf8String(row), "application/json")
        .body().asUtf8String().substring(0, 15).replace("\\"", "\\\\\\""));
    try {
      invoke("application/pdf", file, "text/csv");
      tell("another type", 415, 200);
    } catch (SageMakerRuntimeException error) {
      tell("another type", 415, error.statusCode());
    }
  }
}
`;
