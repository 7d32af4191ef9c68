using System.Diagnostics.CodeAnalysis;

namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>
/// The slow ends of encoding: what a version cannot carry. A place is the message and the field, with the first dot between them, one literal in the code
/// that calls.
/// </summary>
internal static class Refuse
{
    [DoesNotReturn]
    public static void NotInVersion(string place, short version) => Throw(
        place,
        version,
        "is set, but this version has no such field, and a message without it would mean something else; leave it at its default or use a version that has it");

    [DoesNotReturn]
    public static void Null(string place, short version) => Throw(place, version, "is null, which this version cannot say");

    [DoesNotReturn]
    public static void NullElement(string place, short version) => Throw(place, version, "has an element that is null");

    [DoesNotReturn]
    public static void TooLong(string place, short version, long length) => Throw(
        place, version, $"is a string of {length} bytes in UTF-8; the protocol carries at most {short.MaxValue}");

    [DoesNotReturn]
    public static void Tagged(string message, short version) => throw new KafkaException(
        $"{message} v{version} has unknown tagged fields, and this version cannot carry tagged fields.");

    [DoesNotReturn]
    public static void TagOrder(string message, short version, uint tag) => throw new KafkaException(
        $"{message} v{version} has an unknown tagged field {tag} that is out of order, there twice, or known in this version.");

    [DoesNotReturn]
    public static void TooLarge(MessageDescriptor message, short version, long size) => throw new KafkaException(
        $"{message.Name} v{version} takes {size} bytes; a frame holds at most {int.MaxValue}.");

    [DoesNotReturn]
    public static void WriteVersion(MessageDescriptor message, short version) => throw new KafkaException(NoVersion(message, version));

    [DoesNotReturn]
    public static void ReadVersion(MessageDescriptor message, short version) => throw new KafkaProtocolException(NoVersion(message, version));

    private static string NoVersion(MessageDescriptor message, short version) =>
        $"{message.Name} has no version {version}; known are the versions {message.MinVersion} to {message.MaxVersion}.";

    [DoesNotReturn]
    private static void Throw(string place, short version, string what)
    {
        int dot = place.IndexOf('.', StringComparison.Ordinal);
        throw new KafkaException($"{place.AsSpan(0, dot)} v{version}: {place.AsSpan(dot + 1)} {what}.");
    }
}
