namespace HighPerf.Kafka.Testing.Configs;

/// <summary>What becomes of a change: no error, or a code and the reason in words.</summary>
internal readonly record struct ConfigVerdict(ErrorCode Error, string? Message)
{
    public static readonly ConfigVerdict Fine = new(ErrorCode.None, null);

    public bool IsFine => Error == ErrorCode.None;

    public static ConfigVerdict Of(ErrorCode error, string? message) => message is null ? Fine : new ConfigVerdict(error, message);
}
