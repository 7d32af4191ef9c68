using System.Text.Json;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Testing.Recording;

/// <summary>What any message says of topics, partitions and errors, found by the names of its fields. Immutable.</summary>
internal sealed class MessageView
{
    private MessageView(string? json, List<RecordedPartition> partitions, List<string> topics, ErrorCode error)
    {
        Json = json;
        Partitions = partitions;
        Topics = topics;
        Error = error;
    }

    /// <summary>Null when the bytes are no such message.</summary>
    public string? Json { get; }

    public IReadOnlyList<RecordedPartition> Partitions { get; }

    public IReadOnlyList<string> Topics { get; }

    /// <summary>The first one.</summary>
    public ErrorCode Error { get; }

    public static MessageView Of(ApiKey apiKey, MessageKind kind, short version, ReadOnlyMemory<byte> body, TopicNames names)
    {
        MessageDescriptor? descriptor = MessageCatalog.Find(apiKey, kind);
        if (descriptor is null || !descriptor.HasVersion(version))
        {
            return new MessageView(null, [], [], ErrorCode.None);
        }

        try
        {
            string json = MessageText.ToJson(descriptor, version, body.Span);
            using JsonDocument document = JsonDocument.Parse(json);
            Walk walk = new(names);
            walk.Visit(document.RootElement, null);
            return new MessageView(json, walk.Partitions, walk.Topics, walk.Error);
        }
        catch (KafkaProtocolException)
        {
            return new MessageView(null, [], [], ErrorCode.None);
        }
    }

    private sealed class Walk(TopicNames names)
    {
        public List<RecordedPartition> Partitions { get; } = [];

        public List<string> Topics { get; } = [];

        public ErrorCode Error { get; private set; }

        public void Visit(JsonElement element, string? topic)
        {
            if (element.ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement each in element.EnumerateArray())
                {
                    Visit(each, topic);
                }
            }

            if (element.ValueKind != JsonValueKind.Object)
            {
                return;
            }

            topic = TopicOf(element) ?? topic;
            ErrorCode error = ErrorOf(element);
            Error = Error == ErrorCode.None ? error : Error;
            if (topic is not null && FieldNames.PartitionOf(element) is { } partition)
            {
                Partitions.Add(new RecordedPartition(topic, partition, error));
            }

            foreach (JsonProperty property in element.EnumerateObject())
            {
                if (topic is not null && FieldNames.IsPartitionList(property.Name) && property.Value.ValueKind == JsonValueKind.Array)
                {
                    Partitions.AddRange(property.Value.EnumerateArray().Where(each => each.ValueKind == JsonValueKind.Number)
                        .Select(each => new RecordedPartition(topic, each.GetInt32(), ErrorCode.None)));
                }

                if (property.Name == FieldNames.TopicNames && property.Value.ValueKind == JsonValueKind.Array)
                {
                    Topics.AddRange(property.Value.EnumerateArray().Where(each => each.ValueKind == JsonValueKind.String).Select(each => each.GetString()!));
                }

                bool isTopics = FieldNames.IsTopicList(property.Name);
                if (isTopics && property.Value.ValueKind == JsonValueKind.Array)
                {
                    Topics.AddRange(property.Value.EnumerateArray().Select(TopicOf).OfType<string>());
                }

                Visit(property.Value, topic);
            }
        }

        private static ErrorCode ErrorOf(JsonElement element) =>
            FieldNames.ErrorOf(element) is { } error ? (ErrorCode)error : ErrorCode.None;

        private string? TopicOf(JsonElement element) => FieldNames.TopicOf(element, names);
    }
}
