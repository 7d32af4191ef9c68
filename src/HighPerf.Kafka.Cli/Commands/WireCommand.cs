using System.CommandLine;
using System.Text;
using System.Text.Json;
using HighPerf.Kafka.Cli.Output;
using HighPerf.Kafka.Cli.Wire;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>hpk wire decode | encode | records | list: the bytes of the protocol as JSON and back.</summary>
internal static class WireCommand
{
    private const string JsonForm =
        """
        The JSON is that of Apache Kafka's own converters: field names in camel case, bytes and records in base64, UUIDs in 22 characters of url-safe base64.
        A frame (--frame) is {"header":...,"body":...}. Tagged fields that the version does not know are kept in the bytes and not shown in the JSON.
        """;

    private const string LinesForm =
        """
        With --lines every line is a JSON object with "message" (or "apiKey" and "type") and "version"; what a line does not say is taken from the options.
        A line that fails gives {"error":...,"line":n} and the run goes on; the exit code is 0 when no line failed, else 1.
        """;

    private const string Examples =
        """
        Examples:
          hpk wire decode --api Heartbeat --version 0 --request 0001670000000300016d
          hpk wire decode --frame 00000015000c0000000000070001630001670000000300016d
          hpk wire encode --api 12 --version 4 --response '{"throttleTimeMs":0,"errorCode":27}'
          hpk wire decode --lines messages/FetchRequest.jsonl.gz
        """;

    public static Command Create()
    {
        Command wire = new("wire", "Converts messages, frames and record batches of the protocol to JSON and back");
        wire.Subcommands.Add(Decode());
        wire.Subcommands.Add(Encode());
        wire.Subcommands.Add(Records());
        wire.Subcommands.Add(List());
        return wire;
    }

    private static Command Decode()
    {
        Command command = new(
            "decode",
            $$"""
            Decodes a message body or a frame and prints it as JSON.

            {{JsonForm}}
            {{LinesForm}}
            Of a line its "hex" is decoded, as a frame when the line has "header" and "body" or with --frame; the output is {"json":...,"hex":...}, where hex is
            what the encoder makes of what was decoded.

            {{Examples}}
            """);
        WireOptions options = new(
            command,
            "The bytes as hex; - for standard input",
            "Decode the lines of a file, plain or gzip; - for standard input",
            "The input is bytes, not hex");
        options.AddTarget(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            WireTarget target = options.Target(parsed);
            if (options.Lines(parsed) is { } lines)
            {
                using LineRun run = new((line, json) => new VectorLine(line, target).Decode(json));
                return await run.RunAsync(lines, token);
            }

            WireValue value = WireValue.Decode(options.ReadBytes(parsed), target);
            options.Print(parsed, value.WriteJson);
            return ExitCode.Done;
        }));
        return command;
    }

    private static Command Encode()
    {
        Command command = new(
            "encode",
            $$"""
            Encodes the JSON of a message body or a frame and prints the bytes as hex.

            {{JsonForm}}
            {{LinesForm}}
            Of a line its "json" is encoded, or its "header" and "body" as a frame; the output is {"json":...,"hex":...}.

            {{Examples}}
            """);
        WireOptions options = new(
            command,
            "The JSON; - for standard input",
            "Encode the lines of a file, plain or gzip; - for standard input",
            "Write bytes, not hex");
        options.AddTarget(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            WireTarget target = options.Target(parsed);
            if (options.Lines(parsed) is { } lines)
            {
                using LineRun run = new((line, json) => new VectorLine(line, target).Encode(json));
                return await run.RunAsync(lines, token);
            }

            byte[] bytes = WireValue.FromJson(options.ReadJson(parsed), target).Encode();
            using Stream output = Console.OpenStandardOutput();
            output.Write(parsed.GetValue(options.Binary) ? bytes : Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes) + "\n"));
            return ExitCode.Done;
        }));
        return command;
    }

    private static Command Records()
    {
        Command command = new(
            "records",
            """
            Prints the record batches of a buffer as JSON: {"batches":[...],"trailingBytes":n}, with "error" where the bytes are malformed.

            Keys, values and headers are hex. A batch whose checksum is wrong has "valid":false and "records":null. With --lines the "hex" of every line is
            read; a line that is malformed has an "error" beside what was read before it, and the run goes on; the exit code is 0 when none was, else 1.
            """);
        WireOptions options = new(
            command,
            "The bytes as hex; - for standard input",
            "Read the lines of a file, plain or gzip; - for standard input",
            "The input is bytes, not hex");
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            using RecordsJson records = new(new CompressionCodecs(), new BufferPool());
            if (options.Lines(parsed) is { } lines)
            {
                using LineRun run = new((line, json) => records.WriteMembers(VectorLine.Hex(line), json));
                return await run.RunAsync(lines, token);
            }

            bool isWell = false;
            byte[] bytes = options.ReadBytes(parsed);
            options.Print(parsed, json => isWell = records.Write(bytes, json));
            return isWell ? ExitCode.Done : throw new WireException("the buffer is malformed; what was read before that is printed, with its \"error\"");
        }));
        return command;
    }

    private static Command List()
    {
        Command command = new("list", "Lists the messages: API key, kind, name, versions, first flexible version");
        Option<bool> asJson = new("--json") { Description = "One JSON object a line" };
        command.Options.Add(asJson);
        command.SetAction(parsed =>
        {
            foreach (MessageDescriptor message in MessageCatalog.All)
            {
                Print(message, parsed.GetValue(asJson));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Print(MessageDescriptor message, bool asJson)
    {
        string kind = message.Kind.ToString().ToLowerInvariant();
        if (!asJson)
        {
            string flexible = message.FlexibleFrom is { } from ? $"flexible from {from}" : "";
            Console.WriteLine($"{(short?)message.ApiKey,3}  {kind,-8}  {message.Name,-44}  {message.MinVersion}-{message.MaxVersion,-3} {flexible}".TrimEnd());
            return;
        }

        JsonLine.Write(json =>
        {
            json.WriteString("message", message.Name);
            json.WriteString("type", kind);
            if (message.ApiKey is { } key)
            {
                json.WriteNumber("apiKey", (short)key);
            }

            json.WriteNumber("minVersion", message.MinVersion);
            json.WriteNumber("maxVersion", message.MaxVersion);
            if (message.FlexibleFrom is { } from)
            {
                json.WriteNumber("flexibleFrom", from);
            }
        });
    }
}
