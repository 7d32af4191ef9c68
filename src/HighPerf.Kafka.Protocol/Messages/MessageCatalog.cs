namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>All messages, to be found by API or by name. The list itself is generated.</summary>
internal static partial class MessageCatalog
{
    /// <summary>Requests and responses by API key, then the rest by name.</summary>
    public static ReadOnlySpan<MessageDescriptor> All => s_all;

    /// <summary>The request or response of an API; null when there is no such API.</summary>
    public static MessageDescriptor? Find(ApiKey apiKey, MessageKind kind)
    {
        foreach (MessageDescriptor descriptor in s_all)
        {
            if (descriptor.ApiKey == apiKey && descriptor.Kind == kind)
            {
                return descriptor;
            }
        }

        return null;
    }

    /// <summary>A message by its name in any case, such as FetchRequest; null when there is none.</summary>
    public static MessageDescriptor? Find(string name)
    {
        foreach (MessageDescriptor descriptor in s_all)
        {
            if (string.Equals(descriptor.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                return descriptor;
            }
        }

        return null;
    }
}
