using MixMq.Fuzz.Shell;

return FuzzCommands.Run(args);
