using System.Buffers;
using System.Text;

namespace HighPerf.Kafka.Tests.Producing.Face;

/// <summary>Serialisers of users: by span or by buffer writer, small and large, and such that misbehave.</summary>
public sealed class UserSerializerTests
{
    [Fact]
    public void A_span_serialiser_needs_two_members_and_serves_keys_and_values_of_any_size()
    {
        string[] texts = ["", "short", new('k', 255), new('k', 256), new('k', 257), new('v', 100_000)];
        FaceWorld world = new();
        world.Run(
            new ProducerOptions(),
            async producer =>
            {
                foreach (string text in texts)
                {
                    await producer.SendAsync(FaceWorld.Topic, text, text);
                }

                await producer.SendAsync(FaceWorld.Topic, null, null);
                List<LoggedRecord> log = world.Records(0);
                Assert.Equal([.. texts, null], log.Select(static r => Text(r.Key)));
                Assert.Equal([.. texts, null], log.Select(static r => Text(r.Value)));
            },
            new BySpan(),
            new BySpan());
    }

    [Fact]
    public void A_buffer_writer_serialiser_may_write_in_pieces()
    {
        string[] texts = ["", "short", new('v', 100_000)];
        FaceWorld world = new();
        world.Run(
            new ProducerOptions(),
            async producer =>
            {
                foreach (string text in texts)
                {
                    await producer.SendAsync(FaceWorld.Topic, text, text);
                }

                await producer.SendAsync(FaceWorld.Topic, null, null);
                Assert.Equal([.. texts, null], world.Records(0).Select(static r => Text(r.Key)));
                Assert.Equal([.. texts, null], world.Records(0).Select(static r => Text(r.Value)));
            },
            new InPieces(),
            new InPieces());
    }

    [Fact]
    public void A_serialiser_may_send_a_record_itself()
    {
        FaceWorld world = new();
        Sending serializer = new();
        world.Run<string, string>(
            new ProducerOptions(),
            async producer =>
            {
                await producer.SendAsync(FaceWorld.Topic, "k", "first");
                serializer.Producer = producer;
                await producer.SendAsync(FaceWorld.Topic, "k", "outer");
                await producer.FlushAsync();
                Assert.Equal(["first", "inner", "outer"], world.Records(0).Select(static r => Text(r.Value)));
            },
            null,
            serializer);
    }

    [Fact]
    public void Memory_whose_owner_throws_leaves_nothing_behind()
    {
        FaceWorld world = new();
        world.Run<string, ReadOnlyMemory<byte>>(new ProducerOptions(), async producer =>
        {
            await producer.SendAsync(FaceWorld.Topic, "k", new byte[] { 1 });
            using GoneMemory gone = new();
            await Assert.ThrowsAnyAsync<Exception>(() => producer.SendAsync(FaceWorld.Topic, "k", gone.Memory).AsTask());
            await producer.SendAsync(FaceWorld.Topic, "k", new byte[] { 2 });
            Assert.Equal(["01", "02"], world.Records(0).Select(static r => Convert.ToHexString(r.Value!)));
        });
    }

    private static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.ASCII.GetString(bytes);

    private sealed class BySpan : ISpanSerializer<string?>
    {
        public int GetSize(string? value) => value?.Length ?? -1;

        public void Serialize(string? value, Span<byte> destination) => Assert.Equal(destination.Length, Encoding.ASCII.GetBytes(value!, destination));
    }

    private sealed class InPieces : ISerializer<string?>
    {
        public bool IsNull(string? value) => value is null;

        public void Serialize(string? value, IBufferWriter<byte> destination)
        {
            foreach (char[] piece in value!.Chunk(100))
            {
                destination.Write(Encoding.ASCII.GetBytes(piece));
            }
        }
    }

    private sealed class Sending : ISerializer<string>
    {
        public KafkaProducer<string, string>? Producer { get; set; }

        public bool IsNull(string value) => false;

        public void Serialize(string value, IBufferWriter<byte> destination)
        {
            if (value == "outer")
            {
                destination.Write("ou"u8);
                Assert.True(Producer!.TrySend(FaceWorld.Topic, "k", "inner"));
                destination.Write("ter"u8);
                return;
            }

            destination.Write(Encoding.ASCII.GetBytes(value));
        }
    }

    private sealed class GoneMemory : MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(10);

        public override Span<byte> GetSpan() => throw new ObjectDisposedException("the memory");

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
