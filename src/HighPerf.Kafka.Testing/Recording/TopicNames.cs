using System.Buffers.Text;
using System.Collections.Immutable;

namespace HighPerf.Kafka.Testing.Recording;

/// <summary>Which topic an id stood for at one time. Immutable.</summary>
internal sealed class TopicNames
{
    public static readonly TopicNames None = new(ImmutableDictionary<string, string>.Empty);

    /// <summary>By the id as it stands in JSON.</summary>
    private readonly ImmutableDictionary<string, string> _names;

    private TopicNames(ImmutableDictionary<string, string> names) => _names = names;

    /// <summary>Ids are never used twice, so none is ever removed.</summary>
    public TopicNames Add(Guid id, string name) => new(_names.SetItem(Base64Url.EncodeToString(id.ToByteArray(bigEndian: true)), name));

    /// <summary>The name of a topic; the id itself when it is unknown.</summary>
    public string Find(string id) => _names.GetValueOrDefault(id, id);
}
