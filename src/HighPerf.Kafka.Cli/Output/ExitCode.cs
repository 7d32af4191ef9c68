namespace HighPerf.Kafka.Cli.Output;

/// <summary>What hpk returns to its caller.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUse = 2;
    public const int Interrupted = 130;
}
