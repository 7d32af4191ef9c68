using System.Text.Json;

namespace HighPerf.Kafka.Testing.Recording;

/// <summary>How the messages of the protocol name topics, partitions and errors.</summary>
internal static class FieldNames
{
    /// <summary>A list of mere names.</summary>
    public const string TopicNames = "topicNames";

    private static readonly string[] s_topics = ["topic", "topicName", "name"];
    private static readonly string[] s_partitions = ["partitionIndex", "partition", "index", "partitionId"];
    private static readonly string[] s_errors = ["errorCode", "partitionErrorCode"];

    /// <summary>The names of the field that holds a partition's number, the error of it, and the topic.</summary>
    public static ReadOnlySpan<string> Partitions => s_partitions;

    public static ReadOnlySpan<string> Errors => s_errors;

    public static bool IsTopicList(string name) => name is "topics" or "topicData" or "responses" or "topicPartitions" or "results" or "forgottenTopicsData";

    public static bool IsPartitionList(string name) => name is "partitions" or "partitionIndexes";

    /// <summary>The topic that an object stands for; null when it has neither name nor id.</summary>
    public static string? TopicOf(JsonElement json, Recording.TopicNames names)
    {
        foreach (string name in s_topics)
        {
            if (json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String)
            {
                return value.GetString();
            }
        }

        return json.TryGetProperty("topicId", out JsonElement id) && id.ValueKind == JsonValueKind.String ? names.Find(id.GetString()!) : null;
    }

    public static int? PartitionOf(JsonElement json) => NumberOf(json, s_partitions);

    public static int? ErrorOf(JsonElement json) => NumberOf(json, s_errors);

    private static int? NumberOf(JsonElement json, string[] names)
    {
        foreach (string name in names)
        {
            if (json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number)
            {
                return value.GetInt32();
            }
        }

        return null;
    }
}
