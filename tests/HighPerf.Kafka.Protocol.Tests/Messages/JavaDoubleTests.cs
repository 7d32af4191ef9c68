using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

public sealed class JavaDoubleTests
{
    [Theory]
    [InlineData(0.0, "0.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(1, "1.0")]
    [InlineData(-2.25, "-2.25")]
    [InlineData(100, "100.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(0.001, "0.001")]
    [InlineData(0.00099, "9.9E-4")]
    [InlineData(9999999, "9999999.0")]
    [InlineData(10000000, "1.0E7")]
    [InlineData(123456789, "1.23456789E8")]
    [InlineData(1.0 / 3, "0.3333333333333333")]
    [InlineData(Math.PI, "3.141592653589793")]
    [InlineData(1e300, "1.0E300")]
    [InlineData(-1e-300, "-1.0E-300")]
    [InlineData(double.MaxValue, "1.7976931348623157E308")]
    [InlineData(double.Epsilon, "4.9E-324")]
    [InlineData(2e23, "2.0E23")]
    [InlineData(1234567.125, "1234567.125")]
    public void A_double_is_printed_as_java_prints_it(double value, string expected) => Assert.Equal(expected, JavaDouble.Format(value));
}
