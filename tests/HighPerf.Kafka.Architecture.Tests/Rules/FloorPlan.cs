namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>
/// The plan of the house as data: which project may reference which, and which room may see which. A room is a namespace.
/// </summary>
internal static class FloorPlan
{
    /// <summary>The public face and the vocabulary of the wire share this namespace; <see cref="FloorRule"/> tells them apart.</summary>
    public const string Face = "HighPerf.Kafka";

    /// <summary>What each project may reference. Testing never references the client, so that the broker cannot share its misunderstandings.</summary>
    public static IReadOnlyDictionary<string, string[]> Projects { get; } = new Dictionary<string, string[]>
    {
        ["HighPerf.Kafka.Protocol.Generator"] = [],
        ["HighPerf.Kafka.Protocol"] = ["HighPerf.Kafka.Protocol.Generator"],
        ["HighPerf.Kafka.Runtime"] = [],
        ["HighPerf.Kafka"] = ["HighPerf.Kafka.Protocol", "HighPerf.Kafka.Runtime"],
        ["HighPerf.Kafka.Testing"] = ["HighPerf.Kafka.Protocol.Generator", "HighPerf.Kafka.Protocol", "HighPerf.Kafka.Runtime"],
        ["HighPerf.Kafka.Extensions"] = ["HighPerf.Kafka"],
        ["HighPerf.Kafka.Cli"] =
        [
            "HighPerf.Kafka.Protocol.Generator", "HighPerf.Kafka.Protocol", "HighPerf.Kafka.Runtime", "HighPerf.Kafka", "HighPerf.Kafka.Testing",
            "HighPerf.Kafka.Extensions",
        ],
    };

    /// <summary>
    /// What each room may see beside itself, the vocabulary and the floors of the projects below. Rooms of one floor do not see each other,
    /// apart from Consuming and Groups, and apart from Records and Messages, which describe each other's bytes.
    /// </summary>
    public static IReadOnlyDictionary<string, string[]> Rooms { get; } = new Dictionary<string, string[]>
    {
        ["HighPerf.Kafka.Protocol.Buffers"] = [],
        ["HighPerf.Kafka.Protocol.Compression"] = ["Protocol.Buffers"],
        ["HighPerf.Kafka.Protocol.Records"] = ["Protocol.Buffers", "Protocol.Compression", "Protocol.Messages"],
        ["HighPerf.Kafka.Protocol.Messages"] = ["Protocol.Buffers", "Protocol.Compression", "Protocol.Records"],
        ["HighPerf.Kafka.Runtime"] = [],
        ["HighPerf.Kafka.Diagnostics"] = ["Protocol", "Runtime"],
        ["HighPerf.Kafka.Security"] = ["Protocol", "Runtime", "Diagnostics"],
        ["HighPerf.Kafka.Connections"] = ["Protocol", "Runtime", "Diagnostics", "Security"],
        ["HighPerf.Kafka.Metadata"] = ["Protocol", "Runtime", "Diagnostics", "Security", "Connections"],
        ["HighPerf.Kafka.Producing"] = ["Protocol", "Runtime", "Diagnostics", "Security", "Connections", "Metadata"],
        ["HighPerf.Kafka.Consuming"] = ["Protocol", "Runtime", "Diagnostics", "Security", "Connections", "Metadata", "Groups"],
        ["HighPerf.Kafka.Groups"] = ["Protocol", "Runtime", "Diagnostics", "Security", "Connections", "Metadata", "Consuming"],
        ["HighPerf.Kafka.Administration"] = ["Protocol", "Runtime", "Diagnostics", "Security", "Connections", "Metadata"],
        ["HighPerf.Kafka.Transactions"] =
            ["Protocol", "Runtime", "Diagnostics", "Security", "Connections", "Metadata", "Producing", "Consuming", "Groups", "Administration"],
    };

    /// <summary>What a project may not even name: the wire knows no socket and no task, Runtime knows no Kafka (it cannot reference it).</summary>
    public static IReadOnlyDictionary<string, string[]> Unknown { get; } = new Dictionary<string, string[]>
    {
        ["HighPerf.Kafka.Protocol"] = ["System.Net.Sockets", "System.Threading.Tasks", "Microsoft.Extensions.Logging"],
        ["HighPerf.Kafka.Testing"] = ["Microsoft.Extensions.Logging"],
    };

    /// <summary>The room of a namespace: the longest one of the plan that it is or lies in; null for the public face and what is not ours.</summary>
    public static string? RoomOf(string name)
    {
        for (string level = name; level.Length > Face.Length; level = level[..Math.Max(level.LastIndexOf('.'), 0)])
        {
            if (Rooms.ContainsKey(level))
            {
                return level;
            }
        }

        return null;
    }

    /// <summary>Whether <paramref name="room"/> may see <paramref name="other"/>.</summary>
    public static bool MaySee(string room, string other) =>
        room == other || Rooms[room].Any(allowed => other == $"{Face}.{allowed}" || other.StartsWith($"{Face}.{allowed}.", StringComparison.Ordinal));
}
