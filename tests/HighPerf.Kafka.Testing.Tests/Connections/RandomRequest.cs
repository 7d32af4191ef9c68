using System.Collections;
using System.Reflection;
using System.Text.Json;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Testing.Tests.Connections;

/// <summary>Valid requests with random content: plausible values and those at the edges. The same seed gives the same request.</summary>
internal sealed class RandomRequest(Random random, Guid topicId)
{
    private static readonly string[] Texts =
    [
        "t", "t", "t", "u", "nosuch", "", "g", "g", "h", "m", "tx", "range", "consumer", "__consumer_offsets", "bad/name", "1", "2", "0.0", "delete",
        "retention.bytes", "SCRAM-SHA-256", "PLAIN", "test", "\u0000", "Ünï😀", new('x', 250), new('y', 5000),
    ];

    private readonly NullabilityInfoContext _nullability = new();

    /// <summary>The frame of a request that the version can carry; null when this content cannot be.</summary>
    public byte[]? Create(ApiKey apiKey, short version)
    {
        MessageDescriptor descriptor = MessageCatalog.Find(apiKey, MessageKind.Request)!;
        IKafkaMessage all = descriptor.Create();
        Fill(all, 0);
        try
        {
            // The JSON of a version has the fields of that version alone.
            MemoryStream text = new();
            using (Utf8JsonWriter json = new(text))
            {
                MessageJson.Write(json, descriptor, all, version);
            }

            using JsonDocument document = JsonDocument.Parse(text.ToArray());
            IKafkaMessage request = MessageJson.Read(document.RootElement, descriptor, version);
            return Frames.Request((short)apiKey, version, random.Next(1000), descriptor.IsFlexible(version), Frames.Encode(request, version));
        }
        catch (Exception error) when (error is MessageJsonException or KafkaException)
        {
            return null;
        }
    }

    private void Fill(object message, int depth)
    {
        foreach (PropertyInfo property in message.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (!property.CanWrite || property.PropertyType == typeof(List<UnknownTaggedField>) || random.Next(5) == 0)
            {
                continue;
            }

            bool isNullable = !property.PropertyType.IsValueType && _nullability.Create(property).WriteState == NullabilityState.Nullable;
            property.SetValue(message, isNullable && random.Next(5) == 0 ? null : Value(property.PropertyType, depth));
        }
    }

    private object Value(Type type, int depth)
    {
        if (type.IsGenericType)
        {
            IList list = (IList)Activator.CreateInstance(type)!;
            for (int count = random.Next(4); count > 0; count--)
            {
                list.Add(Value(type.GetGenericArguments()[0], depth + 1));
            }

            return list;
        }

        if (type == typeof(string))
        {
            return Texts[random.Next(Texts.Length)];
        }

        if (type == typeof(byte[]))
        {
            return Bytes();
        }

        if (type.IsClass)
        {
            object inner = Activator.CreateInstance(type)!;
            Fill(inner, depth + 1);
            return inner;
        }

        return Scalar(type);
    }

    private byte[] Bytes()
    {
        byte[] random16 = new byte[16];
        random.NextBytes(random16);
        return random.Next(6) switch
        {
            0 => [],
            1 => random16,
            2 => [.. Batches.Of("a", "b"), .. Batches.Of("c")],
            3 => Batches.Of("a")[..30],
            4 => Batches.OfSize(2000),
            _ => Batches.Of("a", "b", "c"),
        };
    }

    private object Scalar(Type type)
    {
        long number = random.Next(10) switch
        {
            < 3 => 0,
            3 => 1,
            4 => -1,
            5 => 2,
            6 => random.Next(100_000),
            7 => long.MaxValue,
            8 => long.MinValue,
            _ => random.NextInt64(),
        };
        return type switch
        {
            _ when type == typeof(bool) => (number & 1) == 0,
            _ when type == typeof(sbyte) => (sbyte)Math.Clamp(number, sbyte.MinValue, sbyte.MaxValue),
            _ when type == typeof(short) => (short)Math.Clamp(number, short.MinValue, short.MaxValue),
            _ when type == typeof(ushort) => (ushort)Math.Clamp(number, 0, ushort.MaxValue),
            _ when type == typeof(int) => (int)Math.Clamp(number, int.MinValue, int.MaxValue),
            _ when type == typeof(uint) => (uint)Math.Clamp(number, 0, uint.MaxValue),
            _ when type == typeof(long) => number,
            _ when type == typeof(double) => (double)number,
            _ when type == typeof(Guid) => random.Next(3) switch { 0 => Guid.Empty, 1 => Requests.NoSuchTopic, _ => topicId },
            _ => throw new InvalidOperationException($"no random value of {type}"),
        };
    }
}
