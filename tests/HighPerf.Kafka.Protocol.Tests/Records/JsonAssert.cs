using System.Text.Json;

namespace HighPerf.Kafka.Protocol.Tests.Records;

internal static class JsonAssert
{
    /// <summary>Fails unless both are the same JSON value; names the first batch that differs when they are arrays.</summary>
    public static void Equal(JsonElement expected, JsonElement actual, string what)
    {
        if (JsonElement.DeepEquals(expected, actual))
        {
            return;
        }

        if (expected.ValueKind == JsonValueKind.Array && actual.ValueKind == JsonValueKind.Array && expected.GetArrayLength() == actual.GetArrayLength())
        {
            for (int i = 0; i < expected.GetArrayLength(); i++)
            {
                Equal(expected[i], actual[i], $"{what}[{i}]");
            }
        }

        Assert.Fail($"{what}:\nexpected {Short(expected)}\nactual   {Short(actual)}");
    }

    private static string Short(JsonElement element)
    {
        string text = element.GetRawText();
        return text.Length <= 2000 ? text : text[..2000] + "...";
    }
}
