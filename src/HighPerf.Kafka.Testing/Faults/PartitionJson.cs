using System.Text.Json;
using System.Text.Json.Nodes;
using HighPerf.Kafka.Testing.Recording;

namespace HighPerf.Kafka.Testing.Faults;

/// <summary>One partition in the JSON of any message: takes it out, keeps it alone, or makes it an error. Immutable.</summary>
internal sealed class PartitionJson(string topic, int partition, TopicNames names)
{
    /// <summary>What stands in the answer for a partition that is refused, where there is such a field.</summary>
    private static readonly string[] s_unknown =
    [
        "highWatermark", "lastStableOffset", "logStartOffset", "offset", "timestamp", "leaderEpoch", "committedOffset", "committedLeaderEpoch", "leaderId",
        "endOffset", "baseOffset",
    ];

    private static readonly string[] s_identities = ["name", "topic", "topicName", "topicId", "groupId", "transactionalId"];

    /// <summary>Takes the partition out.</summary>
    public void Remove(JsonObject message) => Filter(message, null, keep: false);

    /// <summary>Takes all other partitions out.</summary>
    public void Keep(JsonObject message) => Filter(message, null, keep: true);

    /// <summary>Makes the partition's part of an answer an error.</summary>
    public void Refuse(JsonObject message, ErrorCode error) => Refuse(message, null, error);

    /// <summary>Puts the partitions of one answer into another.</summary>
    public static void Merge(JsonObject answer, JsonObject part)
    {
        foreach ((string name, JsonNode? value) in part)
        {
            if (value is not JsonArray added || answer[name] is not JsonArray array)
            {
                continue;
            }

            foreach (JsonObject element in added.OfType<JsonObject>())
            {
                JsonObject? same = Identity(element) is { } identity ? array.OfType<JsonObject>().FirstOrDefault(other => Identity(other) == identity) : null;
                if (same is null)
                {
                    array.Add(element.DeepClone());
                }
                else
                {
                    Merge(same, element);
                }
            }
        }
    }

    private static string? Identity(JsonObject json)
    {
        foreach (string name in s_identities)
        {
            if (json[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String)
            {
                return value.GetValue<string>();
            }
        }

        return null;
    }

    private static int? PartitionOf(JsonObject json)
    {
        foreach (string name in FieldNames.Partitions)
        {
            if (json[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number)
            {
                return value.GetValue<int>();
            }
        }

        return null;
    }

    private string? TopicOf(JsonObject json, string? outer)
    {
        using JsonDocument document = JsonDocument.Parse(json.ToJsonString());
        return FieldNames.TopicOf(document.RootElement, names) ?? outer;
    }

    /// <summary>True: something was taken out, and nothing of what the object lists is left.</summary>
    private bool Filter(JsonObject json, string? outer, bool keep)
    {
        string? name = TopicOf(json, outer);
        bool isEmptied = false;
        foreach ((string field, JsonNode? value) in json.ToList())
        {
            if (value is not JsonArray array)
            {
                continue;
            }

            int before = array.Count;
            for (int i = array.Count - 1; i >= 0; i--)
            {
                bool isOut = array[i] switch
                {
                    JsonObject element when PartitionOf(element) is { } number && name is not null => IsThis(name, number) != keep,
                    JsonObject element => Filter(element, name, keep),
                    JsonValue number when FieldNames.IsPartitionList(field) && name is not null => IsThis(name, number.GetValue<int>()) != keep,
                    _ => false,
                };
                if (isOut)
                {
                    array.RemoveAt(i);
                }
            }

            isEmptied |= array.Count == 0 && before > 0;
        }

        return isEmptied;
    }

    private void Refuse(JsonObject json, string? outer, ErrorCode error)
    {
        string? name = TopicOf(json, outer);
        if (name is not null && PartitionOf(json) is { } number && IsThis(name, number))
        {
            SetError(json, error);
        }

        foreach ((_, JsonNode? value) in json.ToList())
        {
            foreach (JsonObject element in (value as JsonArray ?? []).OfType<JsonObject>())
            {
                Refuse(element, name, error);
            }
        }
    }

    private static void SetError(JsonObject json, ErrorCode error)
    {
        foreach (string field in FieldNames.Errors)
        {
            if (json.ContainsKey(field))
            {
                json[field] = JsonValue.Create((short)error);
            }
        }

        foreach (string field in s_unknown)
        {
            if (json.ContainsKey(field))
            {
                json[field] = JsonValue.Create(-1);
            }
        }

        if (json.ContainsKey("records"))
        {
            json["records"] = JsonValue.Create("");
        }
    }

    private bool IsThis(string name, int number) => name == topic && number == partition;
}
