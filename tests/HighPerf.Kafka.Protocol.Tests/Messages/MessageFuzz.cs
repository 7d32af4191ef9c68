using System.Diagnostics;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Tests.Compression;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

/// <summary>
/// Damaged bytes for the decoders of messages, in three groups: the bodies of all messages in all versions, whole frames, and the views of the hot
/// responses. (Those of record batches and of old message sets are in RecordFuzz, the decompressors in DecompressorFuzz.) Inputs end at a guard page. The
/// normal run takes a fixed number of inputs; HPK_LONG=1 goes on for a minute per group.
/// </summary>
public sealed class MessageFuzz : IDisposable
{
    private const int LargestInput = 4096;
    private const int NormalInputs = 20_000;

    private static readonly TimeSpan LongRun = TimeSpan.FromSeconds(60);

    private readonly GuardedMemory _guarded = new(LargestInput);

    public void Dispose() => ((IDisposable)_guarded).Dispose();

    [Fact]
    public void Bodies_survive_anything()
    {
        Seed[] seeds = Seeds(MessageCatalog.All);
        int read = 0;
        Run((random, round) =>
        {
            (MessageDescriptor message, short version, byte[] bytes) = seeds[round % seeds.Length];
            byte[] input = random.Next(4) == 0 ? Monotonous(random) : Mutation.Of(bytes, random, LargestInput);
            read += Decoding.TryBody(_guarded.Hold(input), message, version) is null ? 0 : 1;
        });
        Assert.InRange(read, NormalInputs / 100, int.MaxValue);
    }

    [Fact]
    public void Frames_survive_anything()
    {
        Seed[] seeds = [.. Seeds(MessageCatalog.All).Where(static seed => seed.Message.ApiKey is not null).Select(Frame)];
        int read = 0;
        Run((random, round) =>
        {
            (MessageDescriptor message, short version, byte[] frame) = seeds[round % seeds.Length];
            byte[] input = Mutation.Of(frame, random, LargestInput);
            read += Decoding.TryFrame(_guarded.Hold(input), message, version) is null ? 0 : 1;
        });
        Assert.InRange(read, NormalInputs / 100, int.MaxValue);
    }

    [Fact]
    public void The_views_read_what_the_messages_read_and_survive_the_rest()
    {
        Seed[] seeds = Seeds([FetchResponse.Descriptor, ProduceResponse.Descriptor]);
        int read = 0;
        Run((random, round) =>
        {
            (MessageDescriptor message, short version, byte[] bytes) = seeds[round % seeds.Length];
            byte[] input = random.Next(8) == 0 ? Monotonous(random) : Mutation.Of(bytes, random, LargestInput);
            ReadOnlySpan<byte> held = _guarded.Hold(input);
            IKafkaMessage? expected = Decoding.TryBody(held, message, version);
            string? seen = Describe(held, message, version);
            if (expected is not null)
            {
                Assert.Equal(HotDescription.Of(expected, version), seen);
                read++;
            }
        });
        Assert.InRange(read, NormalInputs / 100, int.MaxValue);
    }

    private static string? Describe(ReadOnlySpan<byte> body, MessageDescriptor message, short version)
    {
        try
        {
            return ReferenceEquals(message, FetchResponse.Descriptor)
                ? HotDescription.OfFetchView(body, version)
                : HotDescription.OfProduceView(body, version);
        }
        catch (KafkaProtocolException)
        {
            return null;
        }
    }

    private static void Run(Action<Random, int> one)
    {
        bool goOn = Environment.GetEnvironmentVariable("HPK_LONG") == "1";
        Stopwatch watch = Stopwatch.StartNew();
        for (int round = 0; round < NormalInputs || (goOn && watch.Elapsed < LongRun); round++)
        {
            // Every round has a seed of its own, so a failure is found again by its number.
            one(new Random(round), round);
        }
    }

    /// <summary>Three random messages of every type and version, one seed after the other.</summary>
    private static Seed[] Seeds(ReadOnlySpan<MessageDescriptor> messages)
    {
        List<Seed> seeds = [];
        for (int seed = 0; seed < 3; seed++)
        {
            foreach (MessageDescriptor message in messages)
            {
                for (short version = message.MinVersion; version <= message.MaxVersion; version++)
                {
                    string hex = MessageVectorTests.EncodeToHex(RandomMessage.Create(message, version, seed), version);
                    seeds.Add(new Seed(message, version, Convert.FromHexString(hex)));
                }
            }
        }

        return [.. seeds];
    }

    private static Seed Frame(Seed seed)
    {
        KafkaReader reader = new(seed.Bytes);
        IKafkaMessage body = seed.Message.Read(ref reader, seed.Version);
        bool isRequest = seed.Message.Kind == MessageKind.Request;
        byte[] frame = new byte[isRequest
            ? RequestFrame.GetSize(seed.Message, body, seed.Version, "client")
            : ResponseFrame.GetSize(seed.Message, body, seed.Version)];
        if (isRequest)
        {
            RequestFrame.Write(frame, seed.Message, body, seed.Version, 7, "client");
        }
        else
        {
            ResponseFrame.Write(frame, seed.Message, body, seed.Version, 7);
        }

        return seed with { Bytes = frame };
    }

    /// <summary>Small numbers, again and again: as many small elements as there can be.</summary>
    private static byte[] Monotonous(Random random)
    {
        byte[] bytes = new byte[random.Next(LargestInput)];
        bytes.AsSpan().Fill((byte)random.Next(4));
        for (int changes = random.Next(12); changes > 0 && bytes.Length > 0; changes--)
        {
            bytes[random.Next(Math.Min(bytes.Length, 40))] = (byte)random.Next(256);
        }

        return bytes;
    }

    private sealed record Seed(MessageDescriptor Message, short Version, byte[] Bytes);
}
