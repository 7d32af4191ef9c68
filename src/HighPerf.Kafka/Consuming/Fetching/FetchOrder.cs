using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Consuming.Fetching;

/// <summary>
/// The order of partitions in a request: those of one topic together, as the wire wants it. A broker without sessions fills its answer from the front until
/// the limit is reached: each request begins with the next topic, and within a topic with the partition that was served longest ago, so that none starves
/// behind busy ones. One per lane. Owner: the session's loop.
/// </summary>
internal sealed class FetchOrder
{
    private readonly List<SessionPartition> _turned = [];
    private string _first = "";

    public void Arrange(List<SessionPartition> parts)
    {
        if (parts.Count < 2)
        {
            return;
        }

        parts.Sort(static (a, b) =>
        {
            int order = ReferenceEquals(a.Topic, b.Topic) ? 0 : string.CompareOrdinal(a.Topic.Name, b.Topic.Name);
            order = order != 0 ? order : Served(a).CompareTo(Served(b));
            return order != 0 ? order : a.Partition.CompareTo(b.Partition);
        });
        int first = ReferenceEquals(parts[0].Topic, parts[^1].Topic) ? 0 : parts.FindIndex(part => string.CompareOrdinal(part.Topic.Name, _first) > 0);
        if (first > 0)
        {
            _turned.AddRange(parts);
            parts.Clear();
            parts.AddRange(CollectionsMarshal.AsSpan(_turned)[first..]);
            parts.AddRange(CollectionsMarshal.AsSpan(_turned)[..first]);
            _turned.Clear();
        }

        _first = parts[0].Topic.Name;
    }

    /// <summary>Brings the partitions of one topic together, for a broker that keeps the order of its own accord (KIP-227).</summary>
    public static void Group(List<SessionPartition> parts)
    {
        if (parts.Count > 1)
        {
            parts.Sort(static (a, b) =>
            {
                int order = ReferenceEquals(a.Topic, b.Topic) ? 0 : string.CompareOrdinal(a.Topic.Name, b.Topic.Name);
                return order != 0 ? order : a.Partition.CompareTo(b.Partition);
            });
        }
    }

    /// <summary>How many partitions from <paramref name="start"/> on are of one topic.</summary>
    public static int CountOfTopic(List<SessionPartition> parts, int start)
    {
        int end = start + 1;
        while (end < parts.Count && parts[end].Topic == parts[start].Topic)
        {
            end++;
        }

        return end - start;
    }

    /// <summary>How many topics there are.</summary>
    public static int CountTopics(List<SessionPartition> parts)
    {
        int count = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            count += i == 0 || parts[i].Topic != parts[i - 1].Topic ? 1 : 0;
        }

        return count;
    }

    private static long Served(SessionPartition part) => part.Cursor?.LastServed ?? 0;
}
