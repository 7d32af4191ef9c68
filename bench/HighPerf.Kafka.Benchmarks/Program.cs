using BenchmarkDotNet.Running;
using HighPerf.Kafka.Benchmarks;

// For example: dotnet run -c Release --project bench/HighPerf.Kafka.Benchmarks -- --filter '*Crc32C*'
BenchmarkSwitcher.FromAssembly(typeof(ShortConfig).Assembly).Run(args, new ShortConfig());
return 0;
