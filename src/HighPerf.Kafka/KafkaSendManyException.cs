namespace HighPerf.Kafka;

/// <summary>Some of the records of one call could not be sent; the others were. <see cref="Failures"/> tells which, and why each.</summary>
public sealed class KafkaSendManyException : KafkaException
{
    internal KafkaSendManyException(IReadOnlyList<SendFailure> failures, int count, string what)
        : base($"{failures.Count} of {count} records were not {what}; the first of them is record {failures[0].Index}: {failures[0].Error.Message}",
            failures[0].Error) => Failures = failures;

    /// <summary>The records that were not sent, in the order of their places. Every other one was.</summary>
    public IReadOnlyList<SendFailure> Failures { get; }
}
