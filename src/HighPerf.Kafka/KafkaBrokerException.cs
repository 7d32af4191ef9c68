namespace HighPerf.Kafka;

/// <summary>A broker answered a request, or a part of it, with an error code.</summary>
public sealed class KafkaBrokerException : KafkaException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="code">The code the broker answered.</param>
    /// <param name="api">What was asked.</param>
    /// <param name="broker">The broker that answered, as text for people; null when it is not known.</param>
    /// <param name="subject">What the error is about, such as <c>topic orders</c> or <c>group billing</c>; null when it is the request as a whole.</param>
    /// <param name="detail">What the broker said beside the code, or what to do about it; null for nothing.</param>
    public KafkaBrokerException(ErrorCode code, ApiKey api, string? broker = null, string? subject = null, string? detail = null)
        : base(Describe(code, api, broker, subject, detail))
    {
        Code = code;
        Api = api;
        Broker = broker;
    }

    /// <summary>Creates the exception for one partition.</summary>
    public KafkaBrokerException(ErrorCode code, ApiKey api, TopicPartition partition, string? broker = null, string? detail = null)
        : this(code, api, broker, partition.ToString(), detail) => TopicPartition = partition;

    /// <summary>The code the broker answered.</summary>
    public ErrorCode Code { get; }

    /// <summary>What was asked.</summary>
    public ApiKey Api { get; }

    /// <summary>The broker that answered, as text for people; null when it is not known.</summary>
    public string? Broker { get; }

    /// <summary>The partition the error is about; null when it is not about one partition.</summary>
    public TopicPartition? TopicPartition { get; }

    /// <summary>Whether the same request may succeed when it is sent again.</summary>
    public bool IsRetriable => Code.IsRetriable();

    private static string Describe(ErrorCode code, ApiKey api, string? broker, string? subject, string? detail)
    {
        string about = subject is null ? "" : $" of {subject}";
        string who = broker is null ? "" : $" by {broker}";
        string more = string.IsNullOrEmpty(detail) ? "." : $": {detail.TrimEnd('.')}.";
        return $"{api}{about} was refused{who} with {code} ({(short)code}){more}";
    }
}
