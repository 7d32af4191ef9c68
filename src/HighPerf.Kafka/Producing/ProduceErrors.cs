namespace HighPerf.Kafka.Producing;

/// <summary>The texts of failed sends: what, where, what became of the record, and what to do.</summary>
internal static class ProduceErrors
{
    public static KafkaProduceException Refused(ProduceBatch batch) => new(
        $"{Where(batch)} was refused: {batch.LastError?.Message ?? batch.LastCode.ToString()} {Fate(batch)}",
        Outcome(batch), batch.LastCode, batch.LastError);

    public static KafkaProduceException RefusedRecord(ProduceBatch batch, RefusedRecord record) => new(
        $"A record for {batch.Queue.Topic.Name}-{batch.Queue.Partition} was refused: "
        + $"{(record.Message.Length == 0 ? batch.LastError?.Message ?? batch.LastCode.ToString() : record.Message)} "
        + "The record is not in the log; the other records of its batch are sent without it.",
        DeliveryOutcome.NotWritten, batch.LastCode, batch.LastError);

    public static KafkaProduceException NotDivided(ProduceBatch batch, Exception error) => new(
        $"{Where(batch)} was refused: {batch.LastError?.Message ?? batch.LastCode.ToString()} It could not be divided: {error.Message} {Fate(batch)}",
        Outcome(batch), batch.LastCode, error);

    public static KafkaProduceException NoIdentity(ProduceBatch batch, KafkaBrokerException refusal) => new(
        $"{Where(batch)} was not sent: the broker gives an idempotent producer no id. {refusal.Message} "
        + $"Allow it to write idempotently, or set EnableIdempotence to false. {Fate(batch)}",
        Outcome(batch), refusal.Code, refusal);

    public static KafkaProduceException Expired(ProduceBatch batch, ProducerOptions options) => new(
        $"{Where(batch)} was not acknowledged within DeliveryTimeout ({options.DeliveryTimeout}), after {batch.Attempts} attempt(s). "
        + $"{Cause(batch)}{Fate(batch)}",
        Outcome(batch), batch.LastCode, batch.LastError);

    public static KafkaProduceException NobodyAnswers(ProduceBatch batch) => new(
        $"{Where(batch)} was being sent without acknowledgement when the connection was lost. {Cause(batch)}{Fate(batch)}",
        Outcome(batch), batch.LastCode, batch.LastError);

    public static KafkaProduceException NoPartitions(string topic, KafkaException error) => new(
        $"A record for topic {topic} was not sent, because the topic's partitions are not known: {error.Message}",
        DeliveryOutcome.NotWritten, error is KafkaBrokerException refused ? refused.Code : ErrorCode.None, error);

    public static KafkaProduceException Aborted(ProduceBatch batch, string reason) => new(
        $"{Where(batch)} was not delivered: {reason}. {Cause(batch)}{Fate(batch)}", Outcome(batch), batch.LastCode, batch.LastError);

    public static KafkaProduceException TooLarge(string topic, long size, ProducerOptions options) => new(
        $"A record for topic {topic} takes up to {size} bytes, more than MaxRequestSizeBytes ({options.MaxRequestSizeBytes}). "
        + "Raise it (and the broker's message.max.bytes), or send less.",
        DeliveryOutcome.NotWritten, ErrorCode.MessageTooLarge);

    public static ArgumentOutOfRangeException NoSuchPartition(string topic, int partition, int count) => new(
        nameof(partition), partition, $"Topic {topic} has the partitions 0 to {count - 1}.");

    public static InvalidOperationException BadChoice(IPartitioner partitioner, string topic, int chosen, int count) => new(
        $"The partitioner {partitioner.GetType().Name} chose partition {chosen} of topic {topic}, which has the partitions 0 to {count - 1}. The record was "
        + "not sent. A partitioner answers one of those, or -1 to leave the choice to the client.");

    public static KafkaProduceException NoMemory(string topic, ProducerOptions options) => new(
        $"A record for topic {topic} was not sent: for DeliveryTimeout ({options.DeliveryTimeout}) there was no memory for it, because records before it are "
        + "not acknowledged. Look for why the brokers do not take them, send less, or raise BufferMemoryBytes "
        + $"({options.BufferMemoryBytes}).",
        DeliveryOutcome.NotWritten, ErrorCode.None);

    private static string Where(ProduceBatch batch) => $"A batch of {batch.RecordCount} record(s) for {batch.Queue.Topic.Name}-{batch.Queue.Partition}";

    private static string Cause(ProduceBatch batch) => batch.LastError is null ? "" : $"Last error: {batch.LastError.Message} ";

    private static string Fate(ProduceBatch batch) => Outcome(batch) switch
    {
        DeliveryOutcome.Written => "The records are in the log: later ones are, and none can be written before those that went before it.",
        DeliveryOutcome.MaybeWritten => "The records may be in the log.",
        _ => "The records are not in the log.",
    };

    private static DeliveryOutcome Outcome(ProduceBatch batch) => batch.IsPassed ? DeliveryOutcome.Written
        : batch.MaybeWritten ? DeliveryOutcome.MaybeWritten : DeliveryOutcome.NotWritten;
}
