/** The contents of the models that come with the program, by `contentDigest`; a test compares them with the files. */
export const shippedModels: readonly string[] = [
  // models/digits/1
  'b3d104ba6fba91cbc9ae66599f512dd5dfe6c423a61219c566efb9404df70795',
  // models/digits/2
  '04c5f2bcc7fe9df892342fbb819e391ef0bad3eb776afed0fbc977b610686b5d',
];
