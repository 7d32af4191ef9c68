using HighPerf.Kafka.Connections;

namespace HighPerf.Kafka.Metadata;

/// <summary>The words for what goes wrong with metadata: what, where, what to do.</summary>
internal static class MetadataErrors
{
    /// <summary>The brokers refuse for good.</summary>
    public static KafkaBrokerException Refused(TopicMetadata topic) => new(
        topic.Error,
        ApiKey.Metadata,
        subject: $"topic \"{topic.Name}\"",
        detail: topic.Error switch
        {
            ErrorCode.TopicAuthorizationFailed => "this client may not describe the topic. Grant it DESCRIBE, or check its credentials",
            ErrorCode.InvalidTopicException => "this is no topic name. 1 to 249 of letters, digits, '.', '_' and '-' are allowed",
            _ => null,
        });

    /// <summary>The time is over.</summary>
    public static KafkaException TimedOut(string topic, TimeSpan timeout, TopicMetadata? known, KafkaException? lastFailure)
    {
        string time = ConnectionErrors.Seconds(timeout);
        if (lastFailure is null && known is { Error: ErrorCode.UnknownTopicOrPartition })
        {
            return new KafkaBrokerException(
                known.Error,
                ApiKey.Metadata,
                subject: $"topic \"{topic}\"",
                detail: $"the topic does not exist (asked for {time}). Create it, or check its spelling");
        }

        if (lastFailure is null && known is not null)
        {
            return new KafkaTimeoutException(
                $"Topic \"{topic}\" did not become usable within {time}: the brokers answer {known.Error} ({(short)known.Error}).");
        }

        return new KafkaTimeoutException(
            $"Topic \"{topic}\" could not be looked up within {time}." +
            (lastFailure is null ? " No broker answered." : $" {lastFailure.Message}"), lastFailure);
    }

    /// <summary>The view of the cluster as a whole could not be had.</summary>
    public static KafkaTimeoutException NoAnswer(TimeSpan timeout, KafkaException? lastFailure) => new(
        $"The cluster's metadata could not be had within {ConnectionErrors.Seconds(timeout)}." +
        (lastFailure is null ? " No broker answered." : $" {lastFailure.Message}"), lastFailure);
}
