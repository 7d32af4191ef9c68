namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>Quantiles of a latency, in microseconds.</summary>
internal readonly record struct LatencyFigures(double P50, double P90, double P99, double P999, double Max);
