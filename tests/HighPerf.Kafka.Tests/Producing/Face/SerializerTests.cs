using System.Text;

namespace HighPerf.Kafka.Tests.Producing.Face;

/// <summary>The serialisers that come with the client, byte for byte: what stands in the log after a whole producer, as key and as value.</summary>
public sealed class SerializerTests
{
    private const string Text = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    private static readonly Guid Id = new(Text);

    [Fact]
    public void Text_is_UTF8_and_null_is_not_empty()
    {
        Written<string?>("hé€😀", "68C3A9E282ACF09F9880");
        Written<string?>("", "");
        Written<string?>(null, null);
        Written("half \ud83d", Hex("half \uFFFD"));
        Written(new string('é', 20_000), string.Concat(Enumerable.Repeat("C3A9", 20_000)));
    }

    [Fact]
    public void Integers_are_big_endian()
    {
        Written<sbyte>(-2, "FE");
        Written<byte>(254, "FE");
        Written<short>(-2, "FFFE");
        Written<ushort>(0xABCD, "ABCD");
        Written(0x01020304, "01020304");
        Written(-2, "FFFFFFFE");
        Written(0xFEDCBA98, "FEDCBA98");
        Written(long.MinValue, "8000000000000000");
        Written(0x0102030405060708, "0102030405060708");
        Written(ulong.MaxValue - 1, "FFFFFFFFFFFFFFFE");
        Written(new Int128(0x0102030405060708, 0x090A0B0C0D0E0F10), "0102030405060708090A0B0C0D0E0F10");
        Written(UInt128.MaxValue, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF");
    }

    [Fact]
    public void Floating_point_numbers_are_big_endian_and_keep_every_bit()
    {
        Written(1.5, "3FF8000000000000");
        Written(double.NegativeZero, "8000000000000000");
        Written(BitConverter.UInt64BitsToDouble(0x7FF8000000000123), "7FF8000000000123");
        Written(-1.5f, "BFC00000");
        Written(BitConverter.UInt32BitsToSingle(0x7FC00123), "7FC00123");
        Written((Half)1.5, "3E00");
    }

    [Fact]
    public void Booleans_are_a_byte_of_one_or_zero()
    {
        Written(true, "01");
        Written(false, "00");
        Assert.Throws<FormatException>(static () => Serializers.DeserializerFor<bool>("value").Deserialize([2], isNull: false));
    }

    [Fact]
    public void Uuids_are_16_bytes_or_by_choice_the_text_of_the_Java_client_and_both_are_read()
    {
        Written(Id, "0F1E2D3C4B5A69788796A5B4C3D2E1F0");
        Written(Id, Hex(Text), Serializers.GuidText());
        IDeserializer<Guid> reader = Serializers.DeserializerFor<Guid>("key");
        Assert.Equal(Id, reader.Deserialize(Encoding.UTF8.GetBytes(Text), isNull: false));
        Assert.Equal(Id, reader.Deserialize(Encoding.UTF8.GetBytes(Text.ToUpperInvariant()), isNull: false));
        Assert.Throws<FormatException>(() => reader.Deserialize(Encoding.UTF8.GetBytes(Text + " "), isNull: false));
        Assert.Throws<FormatException>(() => reader.Deserialize(new byte[15], isNull: false));
        Assert.Throws<FormatException>(() => reader.Deserialize([], isNull: true));
    }

    [Fact]
    public void Bytes_are_themselves()
    {
        byte[] bytes = [0, 1, 255];
        Written<byte[]?>(bytes, "0001FF");
        Written<byte[]?>([], "");
        Written<byte[]?>(null, null);
        Written<ReadOnlyMemory<byte>>(bytes, "0001FF");
        Written<ReadOnlyMemory<byte>>(default, "");
        Written<ReadOnlyMemory<byte>?>(null, null);
        Written<ReadOnlyMemory<byte>?>(bytes, "0001FF");
        Written(bytes.AsMemory(1), "01FF");
        Written<Memory<byte>?>(null, null);
        Written<Memory<byte>?>(bytes.AsMemory(), "0001FF");
    }

    [Fact]
    public void Numbers_that_may_be_null_are_null_on_the_wire()
    {
        Written<int?>(null, null);
        Written<int?>(7, "00000007");
        Written<long?>(null, null);
        Written<long?>(7, "0000000000000007");
        Written<short?>(7, "0007");
        Written<sbyte?>(7, "07");
        Written<byte?>(7, "07");
        Written<ushort?>(7, "0007");
        Written<uint?>(7, "00000007");
        Written<ulong?>(7, "0000000000000007");
        Written<Int128?>(7, "00000000000000000000000000000007");
        Written<UInt128?>(7, "00000000000000000000000000000007");
        Written<double?>(1.5, "3FF8000000000000");
        Written<float?>(null, null);
        Written<float?>(-1.5f, "BFC00000");
        Written<Half?>((Half)1.5, "3E00");
        Written<bool?>(true, "01");
        Written<Guid?>(Id, "0F1E2D3C4B5A69788796A5B4C3D2E1F0");
        Written<Guid?>(null, null);
    }

    [Fact]
    public void What_was_written_is_read_back()
    {
        ReadBack<string?>("hé€😀", null, "");
        ReadBack<sbyte>(-2, sbyte.MaxValue);
        ReadBack<byte>(254);
        ReadBack<short>(-2);
        ReadBack<ushort>(65534);
        ReadBack(int.MinValue, 7);
        ReadBack(uint.MaxValue);
        ReadBack(long.MinValue);
        ReadBack(ulong.MaxValue);
        ReadBack(Int128.MinValue);
        ReadBack(UInt128.MaxValue);
        ReadBack(double.NaN, -0.1);
        ReadBack(float.Epsilon);
        ReadBack(Half.MaxValue);
        ReadBack(true, false);
        ReadBack(Id);
        ReadBack<Guid?>(Id, null);
        ReadBack<int?>(7, null);
        Assert.Equal([1, 2], Serializers.DeserializerFor<Memory<byte>>("key").Deserialize([1, 2], isNull: false).ToArray());
        Assert.Equal([1, 2], Serializers.DeserializerFor<ReadOnlyMemory<byte>>("key").Deserialize([1, 2], isNull: false).ToArray());
        Assert.Null(Serializers.DeserializerFor<ReadOnlyMemory<byte>?>("key").Deserialize([], isNull: true));
    }

    [Fact]
    public void A_number_of_the_wrong_length_is_refused_with_what_it_should_have_been()
    {
        FormatException e = Assert.Throws<FormatException>(static () => Serializers.DeserializerFor<long>("key").Deserialize(new byte[4], isNull: false));
        Assert.Equal("A Int64 takes 8 bytes, not 4.", e.Message);
        Assert.Throws<FormatException>(static () => Serializers.DeserializerFor<float>("key").Deserialize(new byte[8], isNull: false));
        Assert.Throws<FormatException>(static () => Serializers.DeserializerFor<int>("key").Deserialize([], isNull: true));
    }

    [Fact]
    public void A_type_without_a_serialiser_is_told_when_the_producer_is_made()
    {
        FaceWorld world = new();
        world.Run<string, string>(new ProducerOptions(), producer =>
        {
            KafkaSerializationException value = Assert.Throws<KafkaSerializationException>(() => world.Client.CreateProducer<string, DateTime>());
            Assert.Equal(
                "There is no built-in serialiser for the value type System.DateTime. Pass one to CreateProducer, for example "
                + "Serializers.Json(MyContext.Default.DateTime).",
                value.Message);
            KafkaSerializationException key = Assert.Throws<KafkaSerializationException>(() => world.Client.CreateProducer<decimal, string>());
            Assert.Contains("key type System.Decimal", key.Message);
            KafkaSerializationException read = Assert.Throws<KafkaSerializationException>(() => world.Client.CreateConsumer<string, decimal>());
            Assert.Contains("deserialiser for the value type System.Decimal", read.Message);
            return Task.CompletedTask;
        });
    }

    private static string Hex(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));

    private static void Written<T>(T value, string? expected, ISerializer<T>? serializer = null)
    {
        FaceWorld world = new();
        world.Run(
            new ProducerOptions(),
            async producer =>
            {
                await producer.SendAsync(FaceWorld.Topic, value, value);
                LoggedRecord record = Assert.Single(world.Records(0));
                Assert.Equal((expected, expected), (Hex(record.Key), Hex(record.Value)));
            },
            serializer,
            serializer);

        static string? Hex(byte[]? bytes) => bytes is null ? null : Convert.ToHexString(bytes);
    }

    private static void ReadBack<T>(params T[] values)
    {
        ISerializer<T> serializer = Serializers.SerializerFor<T>("value");
        IDeserializer<T> deserializer = Serializers.DeserializerFor<T>("value");
        foreach (T value in values)
        {
            System.Buffers.ArrayBufferWriter<byte> bytes = new();
            bool isNull = serializer.IsNull(value);
            if (!isNull)
            {
                serializer.Serialize(value, bytes);
            }

            Assert.Equal(value, deserializer.Deserialize(bytes.WrittenSpan, isNull));
        }
    }
}
