using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Tests.Compression;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

/// <summary>
/// Bytes that are not what they should be: the answer is a message or a <see cref="KafkaProtocolException"/>, soon, and the memory it takes is bounded by
/// the length of the input. The normal run takes a fixed number of damaged inputs; HPK_LONG=1 goes on for a minute.
/// </summary>
public sealed class MalformedMessageTests
{
    /// <summary>Objects, lists and strings around what few bytes can say: the smallest structures take two or three bytes, and are objects.</summary>
    private const int AllocatedPerByte = 200;

    /// <summary>An exception, its texts and its stack trace.</summary>
    private const int AllocatedForAnError = 32 * 1024;

    private const int NormalInputs = 40_000;

    private static readonly TimeSpan LongRun = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Names => MessageVectorTests.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_prefix_is_refused_or_read(string name)
    {
        foreach ((MessageDescriptor descriptor, short version, byte[] bytes) in Samples(name))
        {
            for (int length = 0; length < bytes.Length; length++)
            {
                TryRead(descriptor, version, bytes[..length]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_changed_byte_is_refused_or_read(string name)
    {
        byte[] others = [0x00, 0x01, 0x7f, 0x80, 0xff];
        foreach ((MessageDescriptor descriptor, short version, byte[] bytes) in Samples(name))
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                byte original = bytes[i];
                foreach (byte other in others)
                {
                    bytes[i] = other;
                    TryRead(descriptor, version, bytes);
                }

                bytes[i] = original;
            }
        }
    }

    [Fact]
    public void Random_damage_is_refused_or_read_and_what_is_read_can_be_written()
    {
        (MessageDescriptor Descriptor, short Version, byte[] Bytes)[] seeds = [.. MessageVectors.MessageNames().SelectMany(Samples)];
        bool isLong = Environment.GetEnvironmentVariable("HPK_LONG") == "1";
        long started = Stopwatch.GetTimestamp();
        Random random = new(20260101);
        int read = 0;
        for (int round = 0; round < NormalInputs || (isLong && Stopwatch.GetElapsedTime(started) < LongRun); round++)
        {
            (MessageDescriptor descriptor, short version, byte[] bytes) = seeds[round % seeds.Length];
            IKafkaMessage? message = TryRead(descriptor, version, Mutation.Of(bytes, random, 4096));
            if (message is not null)
            {
                read++;
                WriteAndReadAgain(descriptor, version, message);
            }
        }

        Assert.True(read > 1000, $"only {read} of the damaged messages could be read");
    }

    [Theory]
    [InlineData(
        "FetchResponse",
        12,
        "00000000000000000000ffffffff0f",
        "FetchResponse v12 Responses: malformed bytes at offset 15 of 15: the length 4294967294 is absurd.")]
    [InlineData(
        "FetchResponse",
        4,
        "00000000" + "ffffffff",
        "FetchResponse v4 Responses: malformed bytes at offset 8 of 8: the array is null where the version has no null.")]
    [InlineData("FetchResponse", 4, "00000000" + "fffffffe", "FetchResponse v4 Responses: malformed bytes at offset 8 of 8: the array length -2 is negative.")]
    [InlineData(
        "MetadataRequest",
        0,
        "000f4240" + "0000",
        "MetadataRequest v0 Topics: malformed bytes at offset 4 of 6: an array of 1000000 elements of at least 2 bytes each")]
    [InlineData("HeartbeatRequest", 0, "fffe", "HeartbeatRequest v0 GroupId: malformed bytes at offset 2 of 2: the string length -2 is negative.")]
    [InlineData("HeartbeatRequest", 0, "0009" + "61", "HeartbeatRequest v0 GroupId: malformed bytes at offset 2 of 3: 9 more bytes are needed and 1 are left.")]
    [InlineData(
        "HeartbeatRequest",
        4,
        "8080808080",
        "HeartbeatRequest v4 GroupId: malformed bytes at offset 0 of 5: a variable-length integer does not end within 5 bytes.")]
    [InlineData("HeartbeatRequest", 4, "", "HeartbeatRequest v4 GroupId: malformed bytes at offset 0 of 0: the bytes end within a variable-length integer.")]
    [InlineData(
        "HeartbeatResponse",
        4,
        "00000000" + "0000" + "02" + "0500" + "0300",
        "HeartbeatResponse v4 (tagged fields): malformed bytes at offset 11 of 11: the tag 3 comes after the tag 5")]
    [InlineData(
        "HeartbeatResponse",
        4,
        "00000000" + "0000" + "ffffffff0f",
        "HeartbeatResponse v4 (tagged fields): malformed bytes at offset 11 of 11: the bytes end within")]
    [InlineData(
        "SaslAuthenticateRequest",
        0,
        "7fffffff" + "00",
        "SaslAuthenticateRequest v0 AuthBytes: malformed bytes at offset 4 of 5: 2147483647 more bytes are needed and 1 are left.")]
    [InlineData("HeartbeatRequest", 9, "", "HeartbeatRequest has no version 9; known are the versions 0 to 4.")]
    public void An_error_says_what_where_and_in_which_field(string name, short version, string hex, string error)
    {
        KafkaProtocolException thrown = Assert.Throws<KafkaProtocolException>(() =>
        {
            KafkaReader reader = new(Convert.FromHexString(hex));
            MessageCatalog.Find(name)!.Read(ref reader, version);
        });

        Assert.StartsWith(error, thrown.Message);
    }

    [Fact]
    public void The_innermost_field_is_named_with_its_whole_path()
    {
        FetchResponse response = new() { Responses = [new() { Partitions = [new() { Records = new byte[50] }] }] };
        byte[] bytes = Convert.FromHexString(MessageVectorTests.EncodeToHex(response, 12));

        KafkaProtocolException thrown = Assert.Throws<KafkaProtocolException>(() =>
        {
            KafkaReader reader = new(bytes.AsSpan(0, bytes.Length - 20));
            FetchResponse.Read(ref reader, 12);
        });

        Assert.StartsWith("FetchResponse v12 Responses.Partitions.Records: malformed bytes at offset", thrown.Message);
    }

    [Fact]
    public void A_count_does_not_allocate_more_than_its_bytes_can_hold()
    {
        // One array that claims as many elements as the bytes left could hold at their very smallest, and then nothing but zeros.
        byte[] bytes = new byte[1 << 20];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), bytes.Length / 2);

        TryRead(MessageCatalog.Find("ProduceRequest")!, 3, bytes);
        TryRead(MessageCatalog.Find("MetadataRequest")!, 0, [0, 7, 0xff, 0xff, .. bytes]);
        TryRead(MessageCatalog.Find("FetchResponse")!, 4, [0, 0, 0, 0, 0, 0, 0xff, 0xff, .. bytes]);
    }

    private static IEnumerable<(MessageDescriptor Descriptor, short Version, byte[] Bytes)> Samples(string name)
    {
        MessageDescriptor descriptor = MessageCatalog.Find(name)!;
        foreach (JsonElement line in MessageVectors.Lines($"messages/{name}.jsonl.gz"))
        {
            short version = line.GetProperty("version").GetInt16();
            bool isEdge = version == descriptor.MinVersion || version == descriptor.MaxVersion || version == descriptor.FlexibleFrom;
            string hex = line.GetProperty("hex").GetString()!;
            bool isKind = line.GetProperty("kind").GetString() is "full" or "nulls" or "unknowntags";
            if (isEdge && isKind && hex.Length <= 1600)
            {
                yield return (descriptor, version, Convert.FromHexString(hex));
            }
        }
    }

    private static IKafkaMessage? TryRead(MessageDescriptor descriptor, short version, byte[] bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        IKafkaMessage? message = null;
        try
        {
            KafkaReader reader = new(bytes);
            message = descriptor.Read(ref reader, version);
        }
        catch (KafkaProtocolException e)
        {
            // Nothing else may be thrown; and the text says which message it was.
            Assert.StartsWith($"{descriptor.Name} v{version}", e.Message);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        long allowed = AllocatedForAnError + ((long)bytes.Length * AllocatedPerByte);
        Assert.True(allocated <= allowed, $"{descriptor.Name} v{version}: {bytes.Length} bytes of input allocated {allocated}");
        return message;
    }

    private static void WriteAndReadAgain(MessageDescriptor descriptor, short version, IKafkaMessage message)
    {
        string hex;
        try
        {
            hex = MessageVectorTests.EncodeToHex(message, version);
        }
        catch (KafkaException e) when (e is not KafkaProtocolException)
        {
            // Text that is not UTF-8 is read with replacement characters, and may then be longer than the protocol can say.
            Assert.Contains("is a string of", e.Message);
            return;
        }

        IKafkaMessage again = MessageVectorTests.Decode(descriptor, version, Convert.FromHexString(hex));
        Assert.Equal(hex, MessageVectorTests.EncodeToHex(again, version));
    }
}
