using HighPerf.Kafka.Cli;

return await CommandLine.RunAsync(args);
