using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

/// <summary>
/// Messages with random content. Every field is filled whatever the version; a trip through the JSON of the version then leaves the fields that it has.
/// The same seed gives the same message.
/// </summary>
internal sealed class RandomMessage
{
    // Above every tag that the specs use, so that no version knows them.
    private const int FirstUnknownTag = 30;

    private static readonly string[] Texts = ["a", "topic-1", "Ünïcödé", "\u0000", "\uFEFFbom", "😀🎉", "quo\"te\\back", "", " ", "\u2028\u007F"];

    private readonly Random _random;
    private readonly NullabilityInfoContext _nullability = new();
    private readonly int _largestArray;
    private readonly bool _nulls;

    private RandomMessage(Random random, bool nulls)
    {
        _random = random;
        _nulls = nulls;
        _largestArray = random.Next(5) == 0 ? 8 : 3;
    }

    /// <summary>A message that the version can carry.</summary>
    public static IKafkaMessage Create(MessageDescriptor descriptor, short version, int seed)
    {
        // A version may lack one of the nulls that another has: then none is used.
        return TryCreate(descriptor, version, seed, nulls: true) ?? TryCreate(descriptor, version, seed, nulls: false)
            ?? throw new InvalidOperationException($"{descriptor.Name} v{version} refuses a message without nulls (seed {seed})");
    }

    public static T Create<T>(short version, int seed)
        where T : class, IKafkaMessage<T> => (T)Create(T.Descriptor, version, seed);

    public static T CreateWithoutUnknownTags<T>(short version, int seed)
        where T : class, IKafkaMessage<T> => (T)(TryCreate(T.Descriptor, version, seed, nulls: true, unknownTags: false)
            ?? TryCreate(T.Descriptor, version, seed, nulls: false, unknownTags: false)!);

    private static IKafkaMessage? TryCreate(MessageDescriptor descriptor, short version, int seed, bool nulls, bool unknownTags = true)
    {
        RandomMessage random = new(new Random(seed), nulls);
        IKafkaMessage all = descriptor.Create();
        random.Fill(all, 0);
        JsonElement json = MessageVectorTests.ToJson(descriptor, all, version);
        try
        {
            IKafkaMessage message = MessageJson.Read(json, descriptor, version);
            if (unknownTags && descriptor.IsFlexible(version) && random._random.Next(2) == 0)
            {
                random.AddUnknownTags(message);
            }

            message.GetSize(version);
            return message;
        }
        catch (Exception e) when (nulls && e is MessageJsonException or KafkaException)
        {
            return null;
        }
    }

    private static IEnumerable<PropertyInfo> Fields(object message) =>
        message.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(static property => property.CanWrite);

    private void Fill(object message, int depth)
    {
        foreach (PropertyInfo property in Fields(message))
        {
            // One field in six stays at its default.
            if (property.PropertyType == typeof(List<UnknownTaggedField>) || _random.Next(6) == 0)
            {
                continue;
            }

            bool isNullable = !property.PropertyType.IsValueType && _nullability.Create(property).WriteState == NullabilityState.Nullable;
            property.SetValue(message, isNullable && _nulls && _random.Next(6) == 0 ? null : Value(property.PropertyType, depth));
        }
    }

    private object Value(Type type, int depth)
    {
        if (type.IsGenericType)
        {
            IList list = (IList)Activator.CreateInstance(type)!;
            for (int count = _random.Next((depth == 0 ? _largestArray : 3) + 1); count > 0; count--)
            {
                list.Add(Value(type.GetGenericArguments()[0], depth + 1));
            }

            return list;
        }

        if (type.IsClass && type != typeof(string) && type != typeof(byte[]))
        {
            object inner = Activator.CreateInstance(type)!;
            Fill(inner, depth + 1);
            return inner;
        }

        return Scalar(type);
    }

    private object Scalar(Type type)
    {
        long number = _random.Next(4) switch
        {
            0 => _random.Next(-1, 2),
            1 => _random.NextInt64(1L << _random.Next(1, 63)),
            2 => (_random.Next(2) == 0 ? long.MinValue : long.MaxValue) >> (64 - (8 << _random.Next(1, 4))),
            _ => _random.NextInt64(long.MinValue, long.MaxValue),
        };
        return type switch
        {
            _ when type == typeof(bool) => (number & 1) == 0,
            _ when type == typeof(sbyte) => unchecked((sbyte)number),
            _ when type == typeof(short) => unchecked((short)number),
            _ when type == typeof(ushort) => unchecked((ushort)number),
            _ when type == typeof(int) => unchecked((int)number),
            _ when type == typeof(uint) => unchecked((uint)number),
            _ when type == typeof(long) => number,
            _ when type == typeof(double) => _random.Next(8) == 0 ? double.NegativeInfinity : number * Math.Pow(10, _random.Next(-30, 30)),
            _ when type == typeof(Guid) => new Guid(Bytes(16)),
            _ when type == typeof(string) => Text(),
            _ when type == typeof(byte[]) => Bytes(_random.Next(10) == 0 ? _random.Next(126, 300) : _random.Next(20)),
            _ => throw new InvalidOperationException($"no random value of {type}"),
        };
    }

    private string Text()
    {
        if (_random.Next(3) == 0)
        {
            return Texts[_random.Next(Texts.Length)];
        }

        StringBuilder text = new();
        for (int length = _random.Next(12) == 0 ? _random.Next(30, 150) : _random.Next(12); length > 0; length--)
        {
            text.Append((char)_random.Next(' ', 0x17F));
        }

        return text.ToString();
    }

    private byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    private void AddUnknownTags(object message)
    {
        foreach (PropertyInfo property in Fields(message))
        {
            object? value = property.GetValue(message);
            if (property.PropertyType == typeof(List<UnknownTaggedField>))
            {
                property.SetValue(message, _random.Next(2) == 0 ? null : UnknownTags());
            }
            else if (value is IList and not byte[])
            {
                foreach (object element in (IList)value)
                {
                    AddInside(element);
                }
            }
            else if (value is not null && IsSet(value))
            {
                AddInside(value);
            }
        }
    }

    /// <summary>A structure that is not at its default is one that the version has.</summary>
    private static bool IsSet(object value) =>
        value.GetType().IsClass && value is not string and not byte[] && Activator.CreateInstance(value.GetType()) is { } unset
        && Fields(value).Any(field => field.PropertyType.IsValueType && !Equals(field.GetValue(value), field.GetValue(unset)));

    private void AddInside(object value)
    {
        if (value.GetType().IsClass && value is not string and not byte[])
        {
            AddUnknownTags(value);
        }
    }

    private List<UnknownTaggedField> UnknownTags()
    {
        List<UnknownTaggedField> fields = [];
        uint tag = FirstUnknownTag;
        for (int count = _random.Next(1, 4); count > 0; count--)
        {
            tag += (uint)_random.Next(1, 1 << _random.Next(1, 20));
            fields.Add(new UnknownTaggedField(tag, Bytes(_random.Next(12))));
        }

        return fields;
    }
}
