using System.Globalization;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Cli.Wire;

/// <summary>What bytes or JSON are said to be. Null is what nobody has said.</summary>
/// <param name="Name">The key or name of an API, or the name of a message.</param>
/// <param name="Kind">Request or response, for an API.</param>
/// <param name="IsFrame">Size, header and body; else the body alone.</param>
internal readonly record struct WireTarget(string? Name, MessageKind? Kind, short? Version, bool IsFrame)
{
    /// <summary>Whether the frame itself has to say what it is, as requests do.</summary>
    public bool IsInFrame => IsFrame && Name is null && Kind != MessageKind.Response;

    /// <summary>The message meant.</summary>
    public MessageDescriptor Message()
    {
        if (string.IsNullOrEmpty(Name))
        {
            throw new WireException("it is not said which message this is; give --api with the key or name of an API, or the name of a message");
        }

        MessageDescriptor? message = MessageCatalog.Find(Name) ?? OfApi(Name, Kind);
        if (message is null)
        {
            throw new WireException($"there is no API and no message '{Name}'; 'hpk wire list' prints those there are");
        }

        if (Kind is not null && Kind != message.Kind)
        {
            throw new WireException($"{message.Name} is not a {Kind.Value.ToString().ToLowerInvariant()}");
        }

        if (IsFrame && message.ApiKey is null)
        {
            throw new WireException($"{message.Name} is no request or response, so it has no frame; convert it without --frame");
        }

        return message;
    }

    /// <summary>The version meant, which is one that the message has.</summary>
    public short VersionOf(MessageDescriptor message)
    {
        if (Version is null)
        {
            throw new WireException($"the version of {message.Name} is not said; give --version, from {message.MinVersion} to {message.MaxVersion}");
        }

        return message.HasVersion(Version.Value)
            ? Version.Value
            : throw new WireException($"{message.Name} has no version {Version}; known are the versions {message.MinVersion} to {message.MaxVersion}");
    }

    /// <summary>What a request's header names.</summary>
    public static (MessageDescriptor Message, short Version) OfHeader(short apiKey, short version)
    {
        MessageDescriptor message = MessageCatalog.Find((ApiKey)apiKey, MessageKind.Request)
            ?? throw new WireException($"the header names the API key {apiKey}, which is unknown; 'hpk wire list' prints those there are");
        return (message, new WireTarget(message.Name, null, version, true).VersionOf(message));
    }

    private static MessageDescriptor? OfApi(string name, MessageKind? kind)
    {
        bool isKey = short.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out short key);
        foreach (MessageDescriptor message in MessageCatalog.All)
        {
            if (message.Kind != MessageKind.Request || message.ApiKey is not { } api)
            {
                continue;
            }

            if (isKey ? (short)api == key : string.Equals(api.ToString(), name, StringComparison.OrdinalIgnoreCase))
            {
                return kind is null
                    ? throw new WireException($"{api} is an API; say whether it is the --request or the --response")
                    : MessageCatalog.Find(api, kind.Value) ?? throw new WireException($"{api} has requests and responses only");
            }
        }

        return null;
    }
}
